import type { PostamtError } from '#kernel';
import type { Database } from '#postgres';
import type { Catalogue } from './catalogue.js';
import { epochEnd } from './fetch-epochs.js';
import { FetchRun } from './fetch-run.js';
import { readLeaderEpochs } from './sql/read-leader-epochs.js';

/** Which leader epoch of a partition is asked for. */
export interface EpochRequest {
  readonly topic: string;
  readonly partition: number;
  readonly leaderEpoch: number;
}

/** Where a leader epoch ends. */
export interface OffsetOfEpoch {
  readonly topic: string;
  readonly partition: number;
  /**
   * The greatest epoch in the log at or below the one asked for. Where the log begins with a later one: the epoch asked
   * for. Null where the one asked for is later than any that this server knows (-1 in Kafka's bytes).
   */
  readonly leaderEpoch: number | null;
  /** The offset behind the last record of that epoch: where the next epoch starts, or the log's end; null as above. */
  readonly endOffset: bigint | null;
  readonly error?: PostamtError;
}

/**
 * Tells readers and replicas where leader epochs end, so that they find out up to where they agree with the log. As
 * Kafka's OffsetsForLeaderEpoch (KIP-101, KIP-279).
 *
 * @returns one answer for each request, in their order; `error` is UNKNOWN_TOPIC_OR_PARTITION where there is none
 * @throws PostamtError POSTGRES_UNAVAILABLE
 *
 * @example
 * const [end] = await offsetForLeaderEpoch(db, catalogue, [{ topic: 'incidents', partition: 0, leaderEpoch: 3 }]);
 */
export async function offsetForLeaderEpoch(
  db: Database,
  catalogue: Catalogue,
  requests: readonly EpochRequest[],
): Promise<OffsetOfEpoch[]> {
  const run = new FetchRun(db, catalogue, { statesOnly: true });
  const states = await run.answer(
    requests.map((request) => ({ ...request, offset: 0n })),
  );
  // Read behind the states: an epoch that began meanwhile ends nothing that was read before.
  const ids: (number | undefined)[] = [];
  for (const { topic, partition, error } of states)
    ids.push(
      error
        ? undefined
        : (await catalogue.topic(topic)).partitions[partition]?.id,
    );
  const rows = await db.run(readLeaderEpochs, [
    ids.filter((id) => id !== undefined),
  ]);
  const epochs = Map.groupBy(rows, ({ partitionId }) => partitionId);
  return requests.map((request, n) => {
    const { topic, partition, leaderEpoch } = request;
    const unknown = { topic, partition, leaderEpoch: null, endOffset: null };
    const state = states[n];
    if (state?.error) return { ...unknown, error: state.error };
    if (leaderEpoch > (state?.leaderEpoch ?? -1)) return unknown;
    const own = epochs.get(ids[n] as number) ?? [];
    const end = epochEnd(own, leaderEpoch, state?.logEndOffset ?? 0n);
    return {
      topic,
      partition,
      leaderEpoch: end.leaderEpoch ?? leaderEpoch,
      endOffset: end.endOffset,
    };
  });
}
