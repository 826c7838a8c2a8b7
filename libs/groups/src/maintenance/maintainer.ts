import { defineStatement, type Database, type Tx } from '#postgres';

/** Among the locks of maintenance, whose ids are the numbers of topics, that of the groups: the last one there is. */
export const GROUP_MAINTENANCE_ID = 2 ** 28 - 1;

/** Whoever waits for a lock longer than this lets it be until the next run. */
const LOCK_TIMEOUT_MS = 1_000;

/** $1 the key of the lock. */
const tryToMaintain = defineStatement<
  [key: bigint],
  { readonly isHeld: boolean }
>({
  name: 'try_to_maintain_groups',
  text: () => 'select pg_try_advisory_xact_lock($1) as is_held',
  mapRow: (row) => ({ isHeld: row.is_held as boolean }),
});

/**
 * Does one step of the groups' maintenance in a transaction.
 *
 * @returns undefined where another process is at it
 */
export async function asGroupMaintainer<Result>(
  db: Database,
  act: (tx: Tx) => Promise<Result>,
): Promise<Result | undefined> {
  return db.transaction(
    async (tx) => {
      const [key] = tx.lockKeys('maintenance', [GROUP_MAINTENANCE_ID]);
      const [tried] = await tx.run(tryToMaintain, [key as bigint]);
      return tried?.isHeld ? act(tx) : undefined;
    },
    { lockTimeoutMs: LOCK_TIMEOUT_MS },
  );
}

/** $1 group partition ids · $2 the keys of their locks. Those that were free. */
const tryPartitions = defineStatement<
  [ids: readonly number[], keys: readonly bigint[]],
  number
>({
  name: 'try_group_partitions',
  text: () => `
    select wanted.id from unnest($1::int[], $2::bigint[]) as wanted(id, key)
    where pg_try_advisory_xact_lock(wanted.key)`,
  mapRow: (row) => row.id as number,
});

/** Locks those partitions of groups in which nobody commits just now, waiting for none, and returns them. */
export async function tryGroupPartitions(
  tx: Tx,
  ids: readonly number[],
): Promise<number[]> {
  if (ids.length === 0) return [];
  const ascending = ids.toSorted((a, b) => a - b);
  const keys = tx.lockKeys('groupPartition', ascending);
  return tx.run(tryPartitions, [ascending, keys]);
}
