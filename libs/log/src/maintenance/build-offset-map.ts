import { isPostamtError, PostamtError } from '#kernel';
import { decodeRecordBatch } from '#records';
import { OffsetMap } from './offset-map.js';
import { readLeaf } from './read-leaf.js';
import type { StoredBatch } from './sql/leaf-pages.js';
import type { Segment } from './topic-log.js';
import type { TopicRun } from './topic-run.js';

export interface MappedSegments {
  readonly map: OffsetMap;
  /** How many of the segments, from the first on, have all their keys in it. */
  readonly count: number;
}

/**
 * Notes the last offset of each key in dirty segments, as many of them as fit. Keys of the segment that did not fit may
 * be among them, which does no harm: they are superseded by what stands there.
 *
 * @throws PostamtError NOT_SUPPORTED where not even the first one fits, as in Kafka; CORRUPT_MESSAGE
 */
export async function buildOffsetMap(
  run: TopicRun,
  dirty: readonly Segment[],
): Promise<MappedSegments> {
  const map = new OffsetMap(run.maxKeys);
  for (const [count, segment] of dirty.entries()) {
    if (await mapSegment(run, map, segment)) continue;
    if (count > 0 || run.signal.aborted) return { map, count };
    throw new PostamtError(
      'NOT_SUPPORTED',
      `segment ${segment.leaf} has more than ${run.maxKeys} keys, which is what compaction holds in memory; give it more (maxKeys), or lower segment.bytes of topic ${run.report.topic}`,
    );
  }
  return { map, count: dirty.length };
}

async function mapSegment(
  run: TopicRun,
  map: OffsetMap,
  { leaf }: Segment,
): Promise<boolean> {
  for await (const page of readLeaf(run.db, leaf)) {
    if (run.signal.aborted) return false;
    for (const batch of page) if (!mapBatch(map, leaf, batch)) return false;
    await run.lock.check();
  }
  return true;
}

function mapBatch(map: OffsetMap, leaf: string, batch: StoredBatch): boolean {
  const { partitionId, baseOffset, bytes } = batch;
  const { records } = namingBatch(leaf, baseOffset, () =>
    decodeRecordBatch(bytes),
  );
  return records.every(
    ({ key, offset }) => key === null || map.put(partitionId, key, offset),
  );
}

/** Runs what may find a batch corrupt, and says which one. */
export function namingBatch<Result>(
  leaf: string,
  baseOffset: bigint,
  act: () => Result,
): Result {
  try {
    return act();
  } catch (error) {
    if (!isPostamtError(error)) throw error;
    throw new PostamtError(
      error.code,
      `the batch at offset ${baseOffset} in ${leaf} cannot be compacted: ${error.message}`,
      { cause: error },
    );
  }
}
