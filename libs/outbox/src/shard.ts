import { murmur2 } from '#records';

/** How many shards the outbox has; fixed at the first migration. */
export const SHARD_COUNT = 64;

/** Every shard, from 0. */
export const ALL_SHARDS: readonly number[] = Array.from(
  { length: SHARD_COUNT },
  (_, shard) => shard,
);

/** The shard of an event: by its key, so that one relay at a time moves all events of a key; without one, by its id. */
export function shardOf(key: Buffer | null, eventId: string): number {
  return murmur2(key ?? Buffer.from(eventId)) & (SHARD_COUNT - 1);
}

/** The wake-up key for a shard in which something was committed. */
export function shardWakeUp(shard: number): string {
  return `s${shard}`;
}

/** The wake-up key for a shard in which something may be committed soon. */
export function earlyShardWakeUp(shard: number): string {
  return `e${shard}`;
}

/** The id, among those of the shards' locks, of the one that a relay to a sink outside of this database holds beside them. */
export const SINK_LOCK = SHARD_COUNT;
