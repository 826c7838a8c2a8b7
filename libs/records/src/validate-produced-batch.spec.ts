import { describe, expect, it } from '@jest/globals';
import { PostamtError } from '#kernel';
import { BATCH_LAYOUT } from './batch-layout.js';
import { COMPRESSIONS } from './compression.js';
import {
  encodeRecordBatch,
  type EncodeOptions,
} from './encode-record-batch.js';
import { frozenBatch } from './fixtures/frozen-batch.js';
import { patchBatch } from './fixtures/patch-batch.js';
import { randomRecords, SeededRandom } from './fixtures/random-records.js';
import { decodeRecordBatch } from './decode-record-batch.js';
import { validateProducedBatch } from './validate-produced-batch.js';

const CORRUPT = expect.objectContaining({ code: 'CORRUPT_MESSAGE' });
const INVALID_RECORD = expect.objectContaining({ code: 'INVALID_RECORD' });
const INVALID_TIMESTAMP = expect.objectContaining({
  code: 'INVALID_TIMESTAMP',
});
const TOO_LARGE = expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' });

const RECORD = { timestamp: 5, key: Buffer.from('k'), value: Buffer.from('v') };
const TWO = [RECORD, RECORD];

/** Batches of `count` records whose bytes are these, under a true CRC. */
function batchOf(records: string, count = 1): Buffer {
  const bytes = Buffer.from(records.replaceAll(' ', ''), 'hex');
  return patchBatch(encodeRecordBatch([RECORD]), (copy) => {
    copy.writeInt32BE(count, BATCH_LAYOUT.recordCount);
    copy.writeInt32BE(count - 1, BATCH_LAYOUT.lastOffsetDelta);
    return Buffer.concat([copy.subarray(0, BATCH_LAYOUT.records), bytes]);
  });
}

describe("a producer's batch", () => {
  it.each(COMPRESSIONS)('is taken with its timestamps: %s', (compression) => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const records = randomRecords(new SeededRandom(seed));
      const times = records.map(({ timestamp }) => timestamp);
      const batch = encodeRecordBatch(records, { compression });
      const checked = validateProducedBatch(batch);
      expect(checked).toEqual({
        header: decodeRecordBatch(batch).header,
        minTimestamp: Math.min(...times),
        maxTimestamp: Math.max(...times),
      });
    }
  });

  it.each([
    'kafkajs-none',
    'kafkajs-gzip',
    'platformatic-zstd',
    'platformatic-snappy',
    'java-snappy',
    'java-lz4',
  ])('of another client is taken: %s', (name) => {
    expect(validateProducedBatch(frozenBatch(name))).toMatchObject({
      minTimestamp: 1_749_999_999_999,
      maxTimestamp: 1_750_000_000_070,
    });
  });

  it("has the records' greatest timestamp, whatever its header says", () => {
    const lie = patchBatch(encodeRecordBatch(TWO), (copy) => {
      copy.writeBigInt64BE(99n, BATCH_LAYOUT.maxTimestamp);
    });
    const { header, maxTimestamp } = validateProducedBatch(lie);
    expect([header.maxTimestamp, maxTimestamp]).toEqual([99, 5]);
  });

  const refused: EncodeOptions[] = [
    { offsetDeltas: [0, 2] },
    { offsetDeltas: [1, 2] },
    { offsetDeltas: [1, 2], lastOffsetDelta: 2 },
    { lastOffsetDelta: 4 },
    { isControl: true },
    { producerId: 1n, producerEpoch: 0 },
  ];

  it.each(refused)('is refused with %p', (options) => {
    const batch = encodeRecordBatch(TWO, options);
    expect(() => validateProducedBatch(batch)).toThrow(INVALID_RECORD);
  });

  it.each([
    ['fewer records than it says', 1, 0],
    ['more records than it says', 3, 2],
    ['no records', 0, 0],
    ['a negative count', -1, -2],
    ['more records than offsets', 2, 0],
  ])('is refused where its header says %s', (_, count, lastDelta) => {
    const batch = patchBatch(encodeRecordBatch(TWO), (copy) => {
      copy.writeInt32BE(count, BATCH_LAYOUT.recordCount);
      copy.writeInt32BE(lastDelta, BATCH_LAYOUT.lastOffsetDelta);
    });
    expect(() => validateProducedBatch(batch)).toThrow(INVALID_RECORD);
  });

  it('is refused with the timestamps of a log', () => {
    const batch = encodeRecordBatch(TWO, { timestampType: 'LogAppendTime' });
    expect(() => validateProducedBatch(batch)).toThrow(INVALID_TIMESTAMP);
  });

  it('is refused without keys where they are required', () => {
    const batch = encodeRecordBatch([RECORD, { ...RECORD, key: null }]);
    expect(validateProducedBatch(batch).maxTimestamp).toBe(5);
    expect(() => validateProducedBatch(batch, { requireKeys: true })).toThrow(
      INVALID_RECORD,
    );
  });

  it.each([
    ['a whole record', '0c 00 00 00 01 01 00', true],
    ['a record with a header', '12 00 00 00 01 01 02 02 61 01', true],
    ['a length past the end', '0e 00 00 00 01 01 00', false],
    ['a negative length', '01 00 00 00 01 01 00', false],
    ['bytes of a record left over', '0e 00 00 00 01 01 00 00', false],
    ['a value past its record', '0c 00 00 00 01 04 00', false],
    ['a key of length -2', '0c 00 00 00 03 01 00', false],
    ['a negative count of headers', '0c 00 00 00 01 01 01', false],
    ['more headers than bytes', '0c 00 00 00 01 01 7e', false],
    ['a header without a name', '10 00 00 00 01 01 02 01 01', false],
    ['a varint that does not end', 'ff ff ff ff ff ff ff', false],
    [
      'a timestamp past the safe range',
      '1e 00 fe ff ff ff ff ff ff ff ff 01 00 01 01 00',
      false,
    ],
  ])('is judged by its bytes: %s', (_, bytes, isWell) => {
    const validate = () => validateProducedBatch(batchOf(bytes));
    if (isWell) expect(validate().maxTimestamp).toBe(5);
    else expect(validate).toThrow(INVALID_RECORD);
  });

  it('is refused with CORRUPT_MESSAGE where its CRC differs', () => {
    const batch = encodeRecordBatch(TWO);
    batch.writeUInt32BE(0, BATCH_LAYOUT.crc);
    expect(() => validateProducedBatch(batch)).toThrow(CORRUPT);
    expect(validateProducedBatch(batch, { checkCrc: false })).toBeDefined();
  });

  it('is refused where it unpacks to more than the limit', () => {
    const bomb = encodeRecordBatch([{ ...RECORD, value: Buffer.alloc(1e6) }], {
      compression: 'gzip',
    });
    expect(() =>
      validateProducedBatch(bomb, { maxDecompressedBytes: 1_000 }),
    ).toThrow(TOO_LARGE);
  });

  it('that decodes otherwise is refused, and what is taken decodes: random damage', () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = new SeededRandom(seed);
      const whole = encodeRecordBatch(randomRecords(random, 3));
      const batch = patchBatch(whole, (copy) => {
        for (let change = 0; change < 2; change += 1) {
          const room = Math.min(copy.length, 200) - BATCH_LAYOUT.records;
          copy[BATCH_LAYOUT.records + random.below(room)] = random.below(256);
        }
      });
      expect([seed, verdict(() => validateProducedBatch(batch))]).toEqual([
        seed,
        verdict(() => requireDense(batch)),
      ]);
    }
  });
});

/** The slow way to the same answer. */
function requireDense(batch: Buffer): void {
  const { records } = decodeRecordBatch(batch);
  const isDense = records.every(
    ({ offset }, index) => offset === BigInt(index),
  );
  if (!isDense) throw new PostamtError('INVALID_RECORD', 'gaps');
}

function verdict(call: () => unknown): string {
  try {
    call();
    return 'taken';
  } catch (error) {
    if (error instanceof PostamtError) return 'refused';
    throw error;
  }
}
