import { isPostamtError } from '#kernel';
import { sqlStateOf, type Database } from '#postgres';
import { decodeRecordBatch, writeOffsetAndEpoch } from '#records';
import { corruptAt } from './fetch-errors.js';
import {
  findTimestampSegments,
  firstBatchSince,
  greatestTimestamp,
  timestampBatch,
  type TimestampBatch,
  type TimestampSearch,
} from './sql/find-timestamps.js';

/** Where a timestamp is looked for. */
export interface TimeSearch {
  readonly topic: string;
  readonly partition: number;
  readonly partitionId: number;
  readonly logStartOffset: bigint;
}

/** A record found by its time. */
export interface TimedRecord {
  readonly offset: bigint;
  readonly timestamp: number;
  readonly leaderEpoch: number;
}

const UNDEFINED_TABLE = '42P01';
const MOST_ATTEMPTS = 5;

/**
 * The first record at or after a timestamp; undefined where there is none. Sealed segments that end before it are passed
 * over; in the first leaf left the batches' own greatest timestamps are looked through, and one batch is decoded.
 */
export async function firstRecordSince(
  db: Database,
  search: TimeSearch,
  timestamp: number,
): Promise<TimedRecord | undefined> {
  return overLeaves(async () => {
    const segments = await db.run(findTimestampSegments, [
      search.partitionId,
      timestamp,
    ]);
    for (const { leaf } of segments) {
      const found = await firstInLeaf(db, { ...search, leaf }, timestamp);
      if (found) return found;
    }
    return undefined;
  });
}

/** The first record with the greatest timestamp (KIP-734); undefined where the partition is empty. */
export async function lastRecordByTime(
  db: Database,
  search: TimeSearch,
): Promise<TimedRecord | undefined> {
  const greatest = await overLeaves(() => greatestIn(db, search));
  if (greatest === undefined) return undefined;
  return firstRecordSince(db, search, greatest);
}

async function greatestIn(
  db: Database,
  search: TimeSearch,
): Promise<number | undefined> {
  const { partitionId, logStartOffset } = search;
  const segments = await db.run(findTimestampSegments, [
    partitionId,
    Number.MIN_SAFE_INTEGER,
  ]);
  let greatest: number | undefined;
  for (const { leaf, maxTimestamp } of segments) {
    const from = { leaf, partitionId, from: logStartOffset };
    const own =
      maxTimestamp ??
      (await db.copyOut(greatestTimestamp(db.schema, from)))[0]?.[0];
    const value = Buffer.isBuffer(own) ? Number(own.readBigInt64BE()) : own;
    if (value == null) continue;
    if (greatest === undefined || value > greatest) greatest = value;
  }
  return greatest;
}

async function firstInLeaf(
  db: Database,
  search: TimeSearch & { readonly leaf: string },
  timestamp: number,
): Promise<TimedRecord | undefined> {
  const { partitionId, leaf, logStartOffset } = search;
  for (let from = logStartOffset; ;) {
    const wanted: TimestampSearch = { leaf, partitionId, from };
    const [row] = await db.copyOut(
      firstBatchSince(db.schema, wanted, timestamp),
    );
    if (!row) return undefined;
    const batch = timestampBatch(row);
    const found = firstInBatch(search, batch, timestamp);
    if (found) return found;
    // Compaction took the record out that the batch's greatest timestamp was of, or it lies below the log's start.
    from = batch.lastOffset + 1n;
  }
}

function firstInBatch(
  search: TimeSearch,
  { baseOffset, leaderEpoch, bytes }: TimestampBatch,
  timestamp: number,
): TimedRecord | undefined {
  try {
    writeOffsetAndEpoch(bytes, baseOffset, leaderEpoch);
    const { header, records } = decodeRecordBatch(bytes);
    if (header.isControl) return undefined;
    const found = records.find(
      (record) =>
        record.timestamp >= timestamp && record.offset >= search.logStartOffset,
    );
    return found && { ...timeOf(found), leaderEpoch };
  } catch (error) {
    if (!isPostamtError(error)) throw error;
    throw corruptAt(search, baseOffset, error);
  }
}

function timeOf({ offset, timestamp }: { offset: bigint; timestamp: number }) {
  return { offset, timestamp };
}

/** A leaf may be swapped or dropped between the look at the catalogue and the look into the leaf: then once more. */
export async function overLeaves<Result>(
  look: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await look();
    } catch (error) {
      const isGone = sqlStateOf(error) === UNDEFINED_TABLE;
      if (!isGone || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}
