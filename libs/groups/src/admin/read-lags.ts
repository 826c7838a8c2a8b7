import type { PostamtError } from '#kernel';
import {
  Catalogue,
  firstTimestamps,
  listOffsets,
  type ListedOffset,
} from '#log';
import type { Database } from '#postgres';
import type { PartitionRow } from './sql/describe-group.js';

/** Where a partition begins and ends, and how far behind its end a group is. */
export interface Lag {
  readonly logStartOffset: bigint | null;
  readonly logEndOffset: bigint | null;
  readonly lag: bigint | null;
  readonly lagMs: number | null;
  readonly error?: PostamtError;
}

const UNKNOWN = {
  logStartOffset: null,
  logEndOffset: null,
  lag: null,
  lagMs: null,
};

/**
 * How far the group is behind in each of its partitions, at `now`. What could not be read is null, with the error beside
 * it: it is never taken for no lag.
 */
export async function readLags(
  db: Database,
  rows: readonly PartitionRow[],
  now: Date,
): Promise<Lag[]> {
  const catalogue = new Catalogue(db);
  // In one statement, and not one for each topic.
  await catalogue.topicsByNumber(new Set(rows.map((row) => row.topicNumber)));
  const ends = await listOffsets(db, catalogue, [
    ...rows.map((row) => ({ ...placeOf(row), at: 'earliest' as const })),
    ...rows.map((row) => ({ ...placeOf(row), at: 'latest' as const })),
  ]);
  const lags = rows.map((row, n) =>
    lagOf(row, ends[n] as ListedOffset, ends[n + rows.length] as ListedOffset),
  );
  return withAges(db, catalogue, { rows, lags, now });
}

function lagOf(
  { committed }: PartitionRow,
  earliest: ListedOffset,
  latest: ListedOffset,
): Lag {
  const error = earliest.error ?? latest.error;
  if (error) return { ...UNKNOWN, error };
  return {
    logStartOffset: earliest.offset,
    logEndOffset: latest.offset,
    lag: committed && latest.offset - committed.offset,
    lagMs: null,
  };
}

/** The lags with the ages of the oldest unread records. */
async function withAges(
  db: Database,
  catalogue: Catalogue,
  known: {
    readonly rows: readonly PartitionRow[];
    readonly lags: readonly Lag[];
    readonly now: Date;
  },
): Promise<Lag[]> {
  const unread = known.rows.flatMap((row, n) => {
    const offset = firstUnread(row, known.lags[n] as Lag);
    return offset === null ? [] : [{ ...placeOf(row), offset, n }];
  });
  const found = await firstTimestamps(db, catalogue, unread);
  const lags = [...known.lags];
  for (const [which, { timestamp, error }] of found.entries()) {
    const { n } = unread[which] as { n: number };
    const age = timestamp === null ? null : known.now.getTime() - timestamp;
    const lagMs = age === null ? null : Math.max(0, age);
    lags[n] = { ...(lags[n] as Lag), lagMs, ...(error && { error }) };
  }
  return lags;
}

/** The first offset that the group has not read; null where there is none, or nobody knows. */
function firstUnread({ committed }: PartitionRow, lag: Lag): bigint | null {
  const { logStartOffset, logEndOffset } = lag;
  if (!committed || logStartOffset === null || logEndOffset === null)
    return null;
  const { offset } = committed;
  const from = offset < logStartOffset ? logStartOffset : offset;
  return from < logEndOffset ? from : null;
}

function placeOf({ topic, partition }: PartitionRow) {
  return { topic, partition };
}
