import type { ConsumerRecord } from '../consumer-record.js';
import type { OffsetToCommit } from './offset-to-commit.js';

/**
 * Where a loop over single records stands: behind the one that it works on, and not behind the page that this one came
 * with. `page` begins with that record.
 */
export function behindGiven(
  offsets: readonly OffsetToCommit[],
  [current, next]: readonly ConsumerRecord[],
): readonly OffsetToCommit[] {
  if (!current || !next) return offsets;
  const { topic, partition, leaderEpoch } = current;
  return offsets.map((each) =>
    each.topic === topic && each.partition === partition
      ? { ...each, offset: next.offset, leaderEpoch }
      : each,
  );
}
