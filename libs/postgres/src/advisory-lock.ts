import { PostamtError } from '#kernel';
import { defineStatement } from './statement.js';

/**
 * Every kind of advisory lock that Postamt takes. `docs/lock-order.md` says in which order they may be taken: as they
 * stand here, whatever their numbers, and within a kind by ascending id. A number is for ever: processes of several
 * versions meet in it.
 */
export const LOCK_KINDS = {
  /** A topic, while segments of it are summarised, dropped or compacted. Tried, never waited for. */
  maintenance: 8,
  /** A projection, while a rebuild of it begins or switches. The id is a hash of its name. */
  projection: 0,
  /** A subject of the schema registry, while a version is registered. The id is a hash of its name. */
  subject: 1,
  /** A shard of the outbox: held by the one relay that moves it. Tried, never waited for. */
  outboxShard: 2,
  /** A member of a group: shared by its transactions, from their check of its offsets to COMMIT; alone by whoever fences it. */
  groupMember: 9,
  /** A partition of a group: held from the check of its committed offset to COMMIT. */
  groupPartition: 3,
  /** A key of the outbox: held by a caller's transaction that asked for it until that ends. The id is a hash. */
  outboxKey: 4,
  /** A topic: shared by whoever appends to it, from before the partition's to COMMIT; alone by whoever seals a segment. */
  topic: 6,
  /** A partition of the log: held from the reading of its head to COMMIT. */
  partition: 5,
} as const;

export type LockKind = keyof typeof LOCK_KINDS;

/** Makes the keys of locks of one kind, in the order in which they may be taken. A `Tx` does. */
export interface LockKeys {
  lockKeys(kind: LockKind, ids: readonly number[]): bigint[];
}

const ID_LIMIT = 2 ** 28;

/**
 * The key of an advisory lock: 32 bits of the installation (the oid of its schema, so that two schemas in one database
 * never meet), 4 of the kind, 28 of the id, read as one signed bigint.
 */
export function lockKey(
  installation: number,
  kind: LockKind,
  id: number,
): bigint {
  if (!Number.isInteger(id) || id < 0 || id >= ID_LIMIT) {
    throw new RangeError(`lock id ${id} is not in 0..${ID_LIMIT - 1}`);
  }
  const low = (BigInt(LOCK_KINDS[kind]) << 28n) | BigInt(id);
  return BigInt.asIntN(64, (BigInt(installation) << 32n) | low);
}

/** The most advisory locks that one transaction may take: the lock table is shared by the whole server. */
export const MOST_LOCKS = 1_000;

/** The keys of several locks of one kind, in the order in which they may be taken: ascending, each once. */
export function lockKeys(
  installation: number,
  kind: LockKind,
  ids: readonly number[],
): bigint[] {
  const ascending = [...new Set(ids)].sort((a, b) => a - b);
  if (ascending.length > MOST_LOCKS) {
    throw new PostamtError(
      'NOT_SUPPORTED',
      `one transaction cannot take ${ascending.length} locks of kind ${kind}: at most ${MOST_LOCKS}; split what it does`,
    );
  }
  return ascending.map((id) => lockKey(installation, kind, id));
}

/** A lock id for something that has a name and no number: FNV-1a, folded to 28 bits. Two names may share a lock. */
export function lockIdOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return ((hash >>> 28) ^ hash) & (ID_LIMIT - 1);
}

/**
 * Takes locks for the rest of the transaction, waiting for each; $1 keys, in the order in which they are to be taken.
 * It stands alone in its statement: what the transaction reads next must see a snapshot taken after the wait.
 */
export const takeLocks = defineStatement<[keys: readonly bigint[]]>({
  name: 'take_locks',
  text: () =>
    'select pg_advisory_xact_lock(key) from unnest($1::bigint[]) as wanted(key)',
});

/**
 * The same with locks that are shared before those that are not: $1 keys to be shared, $2 keys to be held alone.
 */
export const takeSharedAndLocks = defineStatement<
  [shared: readonly bigint[], keys: readonly bigint[]]
>({
  name: 'take_shared_and_locks',
  text: () => `
    select pg_advisory_xact_lock_shared(key) from unnest($1::bigint[]) as shared(key)
    union all
    select pg_advisory_xact_lock(key) from unnest($2::bigint[]) as wanted(key)`,
});
