import type { Database } from '#postgres';
import { Catalogue } from './catalogue.js';
import { FetchRun } from './fetch-run.js';
import type { Partition, Topic } from './topic.js';

/** A partition with the offsets that can be read in it. */
export interface DescribedPartition extends Partition {
  readonly logStartOffset: bigint;
  /** Where the next append goes. */
  readonly logEndOffset: bigint;
}

export interface DescribedTopic extends Omit<Topic, 'partitions'> {
  readonly partitions: readonly DescribedPartition[];
}

/**
 * A topic with its offsets, read now.
 *
 * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION; STALE_LEAF where its leaf does not exist
 */
export async function describeTopic(
  db: Database,
  name: string,
): Promise<DescribedTopic> {
  const catalogue = new Catalogue(db);
  const { partitions } = await catalogue.reload(name);
  const run = new FetchRun(db, catalogue, { statesOnly: true });
  const states = await run.answer(
    partitions.map(({ index }) => ({
      topic: name,
      partition: index,
      offset: 0n,
    })),
  );
  const described = states.map((state, n) => {
    if (state.error) throw state.error;
    const { logStartOffset, logEndOffset, leaderEpoch } = state;
    const partition = partitions[n] as Partition;
    return { ...partition, leaderEpoch, logStartOffset, logEndOffset };
  });
  return { ...(await catalogue.topic(name)), partitions: described };
}
