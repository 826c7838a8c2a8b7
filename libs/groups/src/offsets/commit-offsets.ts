import { PostamtError } from '#kernel';
import {
  bind,
  inTransactionOf,
  takeSharedAndLocks,
  type BoundStatement,
  type CallerTransaction,
  type Database,
  type EngineTx,
  type LockKeys,
} from '#postgres';
import { insertOffsets } from '../sql/insert-offsets.js';
import { requireCommits } from './check-commits.js';
import type { OffsetCommit } from './offset-commit.js';

/**
 * Commits offsets in the transaction of the work that they stand for, and before it: takes the member's lock, shared,
 * and the partitions', checks that they are the member's still, appends. Whoever fences the member ends a transaction
 * that has come so far.
 *
 * @throws PostamtError ILLEGAL_GENERATION when a partition is the member's no more, or when another offset is committed
 * than the work started from; the transaction is lost. INVALID_VALUE for a partition that is named twice, and for what is
 * no offset; NOT_SUPPORTED for more than 1,000 partitions: commit those in several transactions.
 */
export async function commitOffsets(
  tx: EngineTx,
  commits: readonly OffsetCommit[],
): Promise<void> {
  if (commits.length > 0) await tx.send(commitStatements(tx, commits));
}

/** What {@link commitOffsets} sends, for whoever sends it with BEGIN (`opening`), in one round trip. */
export function commitStatements(
  keys: LockKeys,
  commits: readonly OffsetCommit[],
): BoundStatement[] {
  requireCommits(commits);
  const { shared, alone } = commitLocks(keys, commits);
  return [bind(takeSharedAndLocks, [shared, alone]), insertionOf(commits)];
}

/** Commits offsets in a transaction of their own, of one round trip. @throws as {@link commitOffsets} */
export async function commitNow(
  db: Database,
  commits: readonly OffsetCommit[],
): Promise<void> {
  if (commits.length === 0) return;
  requireCommits(commits);
  await db.fly((basis) => ({
    ...commitLocks(basis, commits),
    statements: [insertionOf(commits)],
  }));
}

/**
 * {@link commitOffsets} inside a SQL transaction of the caller's: effects and offsets are committed together or not at
 * all. The first thing to do in it: from then on nobody else gets the partitions before the transaction has ended, and a
 * member that has lost them is refused before it has any effect.
 *
 * @param purpose who wants it, for the message of a refusal
 * @throws PostamtError as {@link commitOffsets}; NOT_SUPPORTED where the transaction is not READ COMMITTED; INVALID_VALUE
 * for what is no transaction
 */
export async function commitIn(
  given: CallerTransaction,
  db: Database,
  commits: readonly OffsetCommit[],
  purpose = 'commitIn',
): Promise<void> {
  const executor = inTransactionOf(given, purpose);
  if (commits.length === 0) return;
  const lockKeys = {
    groupMember: await db.lockKeys('groupMember', membersOf(commits)),
    groupPartition: await db.lockKeys('groupPartition', partitionsOf(commits)),
  };
  const keys: LockKeys = {
    lockKeys: (kind) => lockKeys[kind as keyof typeof lockKeys],
  };
  await requireReadCommitted(executor, purpose);
  for (const { text, values } of commitStatements(keys, commits))
    await executor.query(text(db.schema), [...values]);
}

/** Elsewhere the snapshot may be older than the wait for the lock, and what it shows of the owner is not to be trusted. */
async function requireReadCommitted(
  executor: ReturnType<typeof inTransactionOf>,
  purpose: string,
): Promise<void> {
  const { rows } = await executor.query(
    `select current_setting('transaction_isolation') as isolation`,
  );
  const isolation = rows[0]?.isolation;
  if (isolation === 'read committed') return;
  throw new PostamtError(
    'NOT_SUPPORTED',
    `${purpose} was given a transaction that is ${String(isolation)}: commit offsets in one that is READ COMMITTED`,
  );
}

function commitLocks(keys: LockKeys, commits: readonly OffsetCommit[]) {
  return {
    shared: keys.lockKeys('groupMember', membersOf(commits)),
    alone: keys.lockKeys('groupPartition', partitionsOf(commits)),
  };
}

function partitionsOf(commits: readonly OffsetCommit[]): number[] {
  return commits.map(({ partition }) => partition.id);
}

function membersOf(commits: readonly OffsetCommit[]): number[] {
  return commits.flatMap(({ partition }) =>
    'member' in partition ? [partition.member] : [],
  );
}

function insertionOf(commits: readonly OffsetCommit[]): BoundStatement {
  return bind(insertOffsets, [
    partitionsOf(commits),
    commits.map(({ partition }) =>
      'epoch' in partition ? partition.epoch : -1,
    ),
    commits.map(({ previous }) => previous !== undefined),
    commits.map(({ previous }) => previous ?? null),
    commits.map(({ next }) => next),
    commits.map(({ leaderEpoch }) => leaderEpoch ?? null),
    commits.map(({ metadata }) => metadata ?? ''),
    commits.map(({ partition }) =>
      'member' in partition ? partition.member : null,
    ),
  ]);
}
