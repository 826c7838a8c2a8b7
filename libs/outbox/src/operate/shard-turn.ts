import { performance } from 'node:perf_hooks';
import { PostamtError, sleep } from '#kernel';
import { bind, type BoundStatement, type Database, type Tx } from '#postgres';
import { shardWakeUp } from '../shard.js';
import { tryShards } from '../sql/try-shards.js';
import { goOnFromCursor } from '../sql/go-on-from-cursor.js';

/** Longer than the server leaves a shard to a relay that was stopped inside a move. */
const PATIENCE_MS = 15_000;
/** Shorter than most moves: the lock of a shard that is moved all the time is free for a moment in between. */
const BETWEEN_TRIES_MS = 2;

/** What is to be written of a shard, and what came of it. */
export interface ShardChange<Result> {
  readonly result: Result;
  /** Nothing = nothing changes. */
  readonly statements: readonly BoundStatement[];
}

/**
 * Changes what waits in a shard, in a transaction that holds the shard's lock, as a move does. The lock is tried and never
 * waited for. The shard's next cursor is written with it: what is next, and whether keys are parked, is found anew, and
 * relays are woken.
 *
 * @throws PostamtError TIMED_OUT where the lock was not free for 15 seconds; OUTCOME_UNKNOWN
 */
export async function changeShard<Result>(
  db: Database,
  shard: number,
  decide: (tx: Tx) => Promise<ShardChange<Result>>,
): Promise<Result> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const done = await db.transaction((tx) => tryChange(tx, db, shard, decide));
    if (done) return done.result;
    if (performance.now() > until) break;
    await sleep(BETWEEN_TRIES_MS);
  }
  throw new PostamtError(
    'TIMED_OUT',
    `shard ${shard} of the outbox was in the hands of relays for ${PATIENCE_MS} ms; try again`,
  );
}

async function tryChange<Result>(
  tx: Tx,
  db: Database,
  shard: number,
  decide: (tx: Tx) => Promise<ShardChange<Result>>,
): Promise<{ readonly result: Result } | undefined> {
  const keys = tx.lockKeys('outboxShard', [shard]);
  const held = await tx.run(tryShards, [[shard], keys]);
  if (held.length === 0) return undefined;
  const { result, statements } = await decide(tx);
  if (statements.length === 0) return { result };
  tx.onCommit(() => db.wakeUps.mark([shardWakeUp(shard)]));
  await tx.writeAndCommit([...statements, bind(goOnFromCursor, [shard])]);
  return { result };
}
