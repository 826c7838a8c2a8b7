import { Catalogue, type FetchedPartition } from '#log';
import type { Database } from '#postgres';
import { decodeRecordBatch } from '#records';
import type { ConsumerRecord } from '../consumer-record.js';
import { RecordReader } from '../record-reader.js';
import { planReplay, type ReplaySource } from './plan-replay.js';
import {
  ReplayReader,
  type ReplayedPage,
  type ReplayPace,
} from './replay-reader.js';

/** What is replayed, between which bounds, and how much is read at once. */
export type ReplayOptions = ReplaySource & ReplayPace;

/**
 * Reads topics or partitions from an offset or a time to an offset or a time, and ends by itself. Both are looked up
 * once, at the start: what is appended later is not read. Records come in the order of their offsets in each partition,
 * decoded where a definition is given. No group hears of it. While the user works on a page, the next one is read.
 *
 * What compaction or retention took away at the end of the range does not keep it from ending; what retention takes away
 * meanwhile is passed over with a warning.
 *
 * @throws PostamtError OFFSET_OUT_OF_RANGE where `from` is an offset that the log does not have; UNKNOWN_TOPIC_OR_PARTITION;
 * INVALID_VALUE for nothing to replay, or a time that is none; CORRUPT_MESSAGE unless `onCorrupt` is `skip`; LOG_HOLE;
 * SCHEMA_MISMATCH and the like for a record that cannot be decoded; POSTGRES_UNAVAILABLE where that lasts for a minute
 *
 * @example
 * const yesterday = Date.now() - 86_400_000;
 * for await (const { offset, value } of replay(db, { topics: [incidents], from: yesterday, to: Date.now() }))
 *   console.log(offset, value);
 */
export async function* replay<Key = unknown, Value = unknown>(
  db: Database,
  options: ReplayOptions,
): AsyncGenerator<ConsumerRecord<Key, Value>> {
  const { topics = [], partitions = [] } = options;
  const records = new RecordReader(db);
  for (const topic of [...topics, ...partitions.map((each) => each.topic)])
    if (typeof topic !== 'string') records.define(topic);
  const catalogue = new Catalogue(db);
  const ranges = await planReplay(db, catalogue, options);
  const reader = new ReplayReader(db, catalogue, ranges, options);
  for await (const page of pagesOf(reader))
    for (const record of recordsOf(page))
      yield (await records.read(page.fetched, record)) as ConsumerRecord<
        Key,
        Value
      >;
}

/** The next pages are read while one is worked on. */
async function* pagesOf(reader: ReplayReader): AsyncGenerator<ReplayedPage> {
  let next = reader.next();
  try {
    for (;;) {
      const pages = await next;
      if (!pages) return;
      next = reader.next();
      // Thrown when it is its turn.
      next.catch(() => {});
      yield* pages;
    }
  } finally {
    await next.catch(() => {});
  }
}

function* recordsOf({ fetched, from, to }: ReplayedPage) {
  for (const { bytes, leaderEpoch } of batchesBefore(fetched, to)) {
    // The log checked the CRC when it read the batch.
    const { header, records } = decodeRecordBatch(bytes, { checkCrc: false });
    if (header.isControl) continue;
    for (const record of records)
      if (record.offset >= from && record.offset < to)
        yield { ...record, leaderEpoch };
  }
}

function batchesBefore({ batches }: FetchedPartition, to: bigint) {
  return batches.filter(({ baseOffset }) => baseOffset < to);
}
