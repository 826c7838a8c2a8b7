import { defineStatement } from '#postgres';

/** A shard in which something is to be done, now or at a time that is known. */
export interface PendingShard {
  readonly shard: number;
  readonly pending: boolean;
  /** Rows of another server stand in it. */
  readonly foreign: boolean;
  /** In how many milliseconds something that waits is due; 0 = now; undefined = nothing waits. */
  readonly dueInMs: number | undefined;
}

/**
 * The shards in which something waits to be moved. One statement, no lock, for the slow poll of an idle relay: a shard
 * whose cursor is paged, that has a row which the cursor's snapshot does not see or one of another server, or in which
 * something delayed or parked is due some time.
 */
export const pendingShards = defineStatement<[], PendingShard>({
  name: 'pending_shards',
  text: (schema) => `select * from ${schema}.outbox_pending()`,
  mapRow: (row) => ({
    shard: row.shard as number,
    pending: row.pending as boolean,
    foreign: row.is_foreign as boolean,
    dueInMs: row.due_in === null ? undefined : Number(row.due_in),
  }),
});
