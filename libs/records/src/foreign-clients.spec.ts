import { describe, expect, it } from '@jest/globals';
import { COMPRESSIONS } from './compression.js';
import { decodeRecordBatch } from './decode-record-batch.js';
import {
  encodeRecordBatch,
  type EncodeOptions,
} from './encode-record-batch.js';
import {
  decodeByKafkajs,
  decodeByPlatformatic,
  encodeByKafkajs,
  encodeByPlatformatic,
} from './fixtures/foreign-clients.js';
import { randomRecords, SeededRandom } from './fixtures/random-records.js';
import { recordLines } from './fixtures/record-lines.js';
import type { LogRecord, RecordInput } from './log-record.js';
import { recordBatchesIn } from './record-batches-in.js';

const SEEDS = Array.from({ length: 25 }, (_, index) => 7_000 + index);

function atOffsets(records: readonly RecordInput[], base = 0n): LogRecord[] {
  return records.map((record, index) => ({
    headers: [],
    ...record,
    offset: base + BigInt(index),
  }));
}

function linesAt(records: readonly RecordInput[], base?: bigint): string[] {
  return recordLines(atOffsets(records, base));
}

/** What both clients can write: no header name twice, no null header value, no name that an object sorts. */
function portableRecords(seed: number): RecordInput[] {
  return randomRecords(new SeededRandom(seed)).map((record) => ({
    ...record,
    headers: record.headers?.length
      ? [
          { key: 'trace', value: Buffer.from(`seed ${seed}`) },
          { key: 'Größe', value: Buffer.alloc(0) },
        ]
      : [],
  }));
}

/** @platformatic/kafka 2.12.1 writes a timestamp that is 2^31 ms or more from the batch's first wrongly. */
function recordsWithinDays(seed: number): RecordInput[] {
  const records = portableRecords(seed);
  const first = records[0]?.timestamp ?? 0;
  return records.map((record) => ({
    ...record,
    timestamp: first + ((record.timestamp - first) % 2 ** 31),
  }));
}

describe('batches of kafkajs', () => {
  it.each([false, true])('are decoded, gzip %s', async (gzip) => {
    for (const seed of SEEDS) {
      const records = portableRecords(seed);
      const batch = await encodeByKafkajs(records, { gzip });
      const decoded = recordLines(decodeRecordBatch(batch).records);
      expect({ seed, decoded }).toEqual({ seed, decoded: linesAt(records) });
    }
  });

  it('keep their transactional bit', async () => {
    const batch = await encodeByKafkajs(portableRecords(1), {
      transactional: true,
    });
    expect(decodeRecordBatch(batch).header.isTransactional).toBe(true);
  });

  it('are what we encode, byte for byte', async () => {
    const written = { leaderEpoch: 0, producerEpoch: 0, baseSequence: 0 };
    for (const seed of SEEDS) {
      const records = portableRecords(seed);
      const ours = encodeRecordBatch(records, written).toString('hex');
      const theirs = (await encodeByKafkajs(records)).toString('hex');
      expect({ seed, batch: ours }).toEqual({ seed, batch: theirs });
    }
  });
});

describe('batches of @platformatic/kafka', () => {
  it.each(COMPRESSIONS)('are decoded, compression %s', (compression) => {
    for (const seed of SEEDS) {
      const records = recordsWithinDays(seed);
      const batch = encodeByPlatformatic(records, { compression });
      const decoded = recordLines(decodeRecordBatch(batch).records);
      expect({ seed, decoded }).toEqual({
        seed,
        decoded: linesAt(records),
      });
    }
  });

  it('may bear null header values', () => {
    const headers = [{ key: 'gone', value: null }];
    const records = [{ timestamp: 1, key: null, value: null, headers }];
    expect(decodeRecordBatch(encodeByPlatformatic(records)).records).toEqual(
      atOffsets(records),
    );
  });

  it('are split where several stand one after the other', async () => {
    const sets = SEEDS.slice(0, 3).map(recordsWithinDays);
    const bytes = Buffer.concat([
      encodeByPlatformatic(sets[0] as RecordInput[], { compression: 'zstd' }),
      await encodeByKafkajs(sets[1] as RecordInput[], { gzip: true }),
      encodeByPlatformatic(sets[2] as RecordInput[]),
    ]);
    const batches = recordBatchesIn(bytes);
    expect(
      batches.map((batch) => recordLines(decodeRecordBatch(batch).records)),
    ).toEqual(sets.map((records) => linesAt(records)));
  });
});

describe('our batches', () => {
  const options: EncodeOptions[] = [
    { compression: 'none' },
    { compression: 'gzip', baseOffset: 2n ** 40n },
    { compression: 'snappy' },
    { compression: 'lz4', baseOffset: 7n },
    {
      compression: 'zstd',
      producerId: 7n,
      producerEpoch: 1,
      baseSequence: 5,
      isTransactional: true,
    },
  ];

  it.each(options)('are read by @platformatic/kafka: %p', (option) => {
    for (const seed of SEEDS) {
      const records = randomRecords(new SeededRandom(seed));
      const [read = [], ...more] = decodeByPlatformatic(
        encodeRecordBatch(records, option),
      );
      expect(more).toEqual([]);
      const decoded = recordLines(read);
      const expected = linesAt(records, option.baseOffset);
      expect({ seed, decoded }).toEqual({ seed, decoded: expected });
    }
  });

  it('are read by @platformatic/kafka several in a row', () => {
    const sets = SEEDS.slice(0, 4).map(portableRecords);
    const bytes = Buffer.concat(sets.map((set) => encodeRecordBatch(set)));
    expect(decodeByPlatformatic(bytes).map(recordLines)).toEqual(
      sets.map((set) => linesAt(set)),
    );
  });

  it.each(options.slice(0, 2))('are read by kafkajs: %p', async (option) => {
    for (const seed of SEEDS) {
      const records = portableRecords(seed);
      const batch = encodeRecordBatch(records, option);
      const decoded = recordLines(await decodeByKafkajs(batch));
      const expected = linesAt(records, option.baseOffset);
      expect({ seed, decoded }).toEqual({ seed, decoded: expected });
    }
  });
});
