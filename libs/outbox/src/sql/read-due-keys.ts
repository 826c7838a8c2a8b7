import { defineStatement } from '#postgres';
import type { Lane } from '../move/lane.js';

/** A parked key whose next attempt is due. */
export interface DueKey extends Lane {
  readonly shard: number;
  /** What its last attempt failed with. */
  readonly code: string;
}

/** Parked keys of some shards whose next attempt is due, those that wait longest first. $1 shards · $2 most keys. */
export const readDueKeys = defineStatement<
  [shards: readonly number[], mostKeys: number],
  DueKey
>({
  name: 'read_due_keys',
  text: (schema) => `
    select parked.topic_number, parked.lane, parked.shard, parked.code
    from ${schema}.outbox_parked_keys as parked
    where parked.shard = any ($1::int[])
      and parked.next_attempt_at <= (extract(epoch from clock_timestamp()) * 1000)::bigint
    order by parked.next_attempt_at
    limit $2`,
  mapRow: (row) => ({
    topicNumber: row.topic_number as number,
    lane: row.lane as Buffer,
    shard: row.shard as number,
    code: row.code as string,
  }),
});
