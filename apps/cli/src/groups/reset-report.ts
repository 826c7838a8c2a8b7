import type { ResetLimit, ResetPartition, ResetReport } from '#groups';
import { formatTable } from '../table.js';

const LIMITS: Record<ResetLimit, string> = {
  'log-start': 'the log begins there',
  'log-end': 'the log ends there',
};

/** What was done to a group's offsets, or would be, for people. */
export function formatReset({ partitions }: ResetReport): string {
  return formatTable(
    ['topic', 'partition', 'before', 'after', 'limit'],
    partitions.map(({ topic, partition, before, after, limitedTo }) => [
      topic,
      partition,
      before ?? '-',
      after,
      limitedTo === null ? '-' : LIMITS[limitedTo],
    ]),
  );
}

/** How many of them are elsewhere then. */
export function changedIn({ partitions }: ResetReport): ResetPartition[] {
  return partitions.filter(({ before, after }) => before !== after);
}
