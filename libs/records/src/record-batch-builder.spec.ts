import { describe, expect, it } from '@jest/globals';
import type { Compression } from './compression.js';
import { decodeRecordBatch } from './decode-record-batch.js';
import {
  encodeRecordBatch,
  type EncodeOptions,
} from './encode-record-batch.js';
import { randomRecords, SeededRandom } from './fixtures/random-records.js';
import type { RecordInput } from './log-record.js';
import { RecordBatchBuilder } from './record-batch-builder.js';

const INVALID = expect.objectContaining({ code: 'INVALID_VALUE' });
const UNSUPPORTED = expect.objectContaining({
  code: 'UNSUPPORTED_COMPRESSION_TYPE',
});

function record(text: string, timestamp = 1): RecordInput {
  return { timestamp, key: null, value: Buffer.from(text) };
}

describe('RecordBatchBuilder', () => {
  it('says its exact size before it is built, uncompressed', () => {
    for (let seed = 500; seed < 530; seed += 1) {
      const builder = new RecordBatchBuilder();
      for (const one of randomRecords(new SeededRandom(seed))) {
        builder.append(one);
        expect({ seed, size: builder.sizeInBytes }).toEqual({
          seed,
          size: builder.build().length,
        });
      }
    }
  });

  it('refuses the record that would pass maxBytes, and stays as it was', () => {
    const builder = new RecordBatchBuilder({ maxBytes: 100 });
    expect(builder.append(record('x'.repeat(20)))).toBe(true);
    const before = builder.build();
    expect(builder.append(record('y'.repeat(20)))).toBe(false);
    expect(builder.recordCount).toBe(1);
    expect(builder.build()).toEqual(before);
    expect(builder.append(record('z'))).toBe(true);
    expect(builder.sizeInBytes).toBeLessThanOrEqual(100);
    expect(decodeRecordBatch(builder.build()).records).toHaveLength(2);
  });

  it('takes a record that fills maxBytes to the last byte', () => {
    const [first, second] = [record('first'), record('second', 2)];
    const exact = encodeRecordBatch([first, second]).length;
    const fits = new RecordBatchBuilder({ maxBytes: exact });
    expect([fits.append(first), fits.append(second)]).toEqual([true, true]);
    const short = new RecordBatchBuilder({ maxBytes: exact - 1 });
    expect([short.append(first), short.append(second)]).toEqual([true, false]);
  });

  it('takes the first record whatever its size', () => {
    const builder = new RecordBatchBuilder({ maxBytes: 1 });
    expect(builder.append(record('x'.repeat(100_000)))).toBe(true);
    expect(decodeRecordBatch(builder.build()).records).toHaveLength(1);
  });

  it('hands out bytes that later records do not touch', () => {
    const builder = new RecordBatchBuilder();
    builder.append(record('first'));
    const one = builder.build();
    builder.append(record('second'));
    builder.build();
    expect(one).toEqual(encodeRecordBatch([record('first')]));
  });

  it('refuses to build a batch of nothing', () => {
    expect(() => new RecordBatchBuilder().build()).toThrow(INVALID);
    expect(() => encodeRecordBatch([])).toThrow(INVALID);
  });

  it('refuses a compression that is none at once', () => {
    const compression = 'brotli' as Compression;
    expect(() => new RecordBatchBuilder({ compression })).toThrow(UNSUPPORTED);
  });

  it.each([Number.NaN, 1.5, 2 ** 53, Infinity])(
    'refuses the timestamp %s and keeps what it had',
    (timestamp) => {
      const builder = new RecordBatchBuilder();
      builder.append(record('first'));
      expect(() => builder.append(record('bad', timestamp))).toThrow(INVALID);
      expect(builder.build()).toEqual(encodeRecordBatch([record('first')]));
    },
  );

  it('refuses timestamps that no delta spans', () => {
    const builder = new RecordBatchBuilder();
    builder.append(record('first', -Number.MAX_SAFE_INTEGER));
    expect(() => builder.append(record('second', 2))).toThrow(INVALID);
  });
});

describe('encodeRecordBatch', () => {
  const outOfRange: EncodeOptions[] = [
    { baseOffset: -1n },
    { baseOffset: 2n ** 63n },
    { leaderEpoch: -2 },
    { leaderEpoch: 2 ** 31 },
    { producerId: -2n },
    { producerId: 2n ** 63n },
    { producerEpoch: 2 ** 15 },
    { producerEpoch: 0.5 },
    { baseSequence: 2 ** 31 },
    { deleteHorizonMs: -1 },
    { deleteHorizonMs: 0.5 },
    { lastOffsetDelta: 0 },
    { lastOffsetDelta: 2 ** 31 },
    { offsetDeltas: [0] },
    { offsetDeltas: [1, 1] },
    { offsetDeltas: [-1, 0] },
    { offsetDeltas: [0, 2 ** 31] },
  ];

  it.each(outOfRange)('refuses %p', (options) => {
    const records = [record('first'), record('second')];
    expect(() => encodeRecordBatch(records, options)).toThrow(INVALID);
  });

  it('writes what a producer without idempotence writes', () => {
    const batch = encodeRecordBatch([record('first')]);
    expect(decodeRecordBatch(batch).header).toMatchObject({
      baseOffset: 0n,
      partitionLeaderEpoch: -1,
      producerId: -1n,
      producerEpoch: -1,
      baseSequence: -1,
      attributes: 0,
    });
  });
});
