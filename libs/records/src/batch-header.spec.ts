import { describe, expect, it } from '@jest/globals';
import { readBatchHeader } from './batch-header.js';
import { BATCH_LAYOUT } from './batch-layout.js';
import { decodeRecordBatch } from './decode-record-batch.js';
import { encodeRecordBatch } from './encode-record-batch.js';
import { frozenBatch } from './fixtures/frozen-batch.js';
import { patchBatch } from './fixtures/patch-batch.js';
import { recordBatchesIn } from './record-batches-in.js';
import { verifyBatch } from './verify-batch.js';
import { writeOffsetAndEpoch } from './write-offset-and-epoch.js';

const CORRUPT = expect.objectContaining({ code: 'CORRUPT_MESSAGE' });
const NOT_SUPPORTED = expect.objectContaining({ code: 'NOT_SUPPORTED' });
const INVALID = expect.objectContaining({ code: 'INVALID_VALUE' });

/** Kafka docs, Message Set: offset, size, crc, magic, attributes, timestamp (v1), key null, value null. */
function legacyMessage(magic: 0 | 1): Buffer {
  const message = Buffer.alloc(magic === 0 ? 26 : 34);
  message.writeInt32BE(message.length - 12, 8);
  message.writeInt8(magic, 16);
  message.fill(0xff, message.length - 8);
  return message;
}

describe('readBatchHeader', () => {
  const batch = frozenBatch('kafkajs-none');

  it('refuses bytes behind the batch', () => {
    const two = Buffer.concat([batch, Buffer.alloc(1)]);
    expect(() => readBatchHeader(two)).toThrow(CORRUPT);
  });

  it.each([0, 1] as const)('names message format v%d as not supported', (v) => {
    expect(() => readBatchHeader(legacyMessage(v))).toThrow(NOT_SUPPORTED);
  });

  it.each([-1, 3, 127])('refuses magic %d', (magic) => {
    const other = patchBatch(batch, (copy) => {
      copy.writeInt8(magic, BATCH_LAYOUT.magic);
    });
    expect(() => readBatchHeader(other)).toThrow(CORRUPT);
  });

  it.each([-(2 ** 31), -1, 0, 48, 2 ** 31 - 1])(
    'refuses the length %d',
    (length) => {
      const other = Buffer.from(batch);
      other.writeInt32BE(length, BATCH_LAYOUT.batchLength);
      expect(() => readBatchHeader(other)).toThrow(CORRUPT);
    },
  );

  it.each([
    [4, 2],
    [-1, 2],
    [1, -1],
    [0, -1],
    [2 ** 31 - 1, 2],
    [-(2 ** 31), 2 ** 31 - 1],
  ])('refuses %d records under the last offset delta %d', (count, last) => {
    const other = patchBatch(batch, (copy) => {
      copy.writeInt32BE(count, BATCH_LAYOUT.recordCount);
      copy.writeInt32BE(last, BATCH_LAYOUT.lastOffsetDelta);
    });
    expect(() => readBatchHeader(other)).toThrow(CORRUPT);
  });

  it.each(['baseTimestamp', 'maxTimestamp'] as const)(
    'refuses a %s past the safe range, takes -1',
    (field) => {
      const withTime = (time: bigint) =>
        patchBatch(batch, (copy) => {
          copy.writeBigInt64BE(time, BATCH_LAYOUT[field]);
        });
      expect(() => readBatchHeader(withTime(2n ** 53n))).toThrow(CORRUPT);
      expect(() => readBatchHeader(withTime(-(2n ** 63n)))).toThrow(CORRUPT);
      expect(readBatchHeader(withTime(-1n))[field]).toBe(-1);
    },
  );

  it.each([5, 6, 7])('refuses the compression number %d', (number) => {
    const other = patchBatch(batch, (copy) => {
      copy.writeInt16BE(number, BATCH_LAYOUT.attributes);
    });
    expect(() => readBatchHeader(other)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_COMPRESSION_TYPE' }),
    );
  });

  it('keeps attribute bits that it has no field for', () => {
    const other = patchBatch(batch, (copy) => {
      copy.writeInt16BE(0x40, BATCH_LAYOUT.attributes);
    });
    expect(verifyBatch(other)).toMatchObject({
      attributes: 0x40,
      compression: 'none',
      isControl: false,
    });
  });
});

describe('recordBatchesIn', () => {
  const batches = ['kafkajs-none', 'kafkajs-gzip', 'commit-marker'].map(
    frozenBatch,
  );
  const bytes = Buffer.concat(batches);

  it('gives each batch as a view', () => {
    const found = recordBatchesIn(bytes);
    expect(found).toEqual(batches);
    expect(found.every(({ buffer }) => buffer === bytes.buffer)).toBe(true);
  });

  it('gives nothing for nothing', () => {
    expect(recordBatchesIn(Buffer.alloc(0))).toEqual([]);
  });

  it('refuses every cut that is not between two batches', () => {
    const edges = new Set([0]);
    for (const batch of batches) edges.add(Math.max(...edges) + batch.length);
    for (let cut = 0; cut < bytes.length; cut += 1) {
      const split = () => recordBatchesIn(bytes.subarray(0, cut));
      if (edges.has(cut)) expect(Buffer.concat(split())).toHaveLength(cut);
      else expect(split).toThrow(CORRUPT);
    }
  });

  it('refuses a length that would not move it on', () => {
    const stuck = Buffer.from(bytes);
    stuck.writeInt32BE(-12, BATCH_LAYOUT.batchLength);
    expect(() => recordBatchesIn(stuck)).toThrow(CORRUPT);
  });

  it('names message formats v0 and v1 as not supported', () => {
    const mixed = Buffer.concat([bytes, legacyMessage(1)]);
    expect(() => recordBatchesIn(mixed)).toThrow(NOT_SUPPORTED);
  });
});

describe('writeOffsetAndEpoch', () => {
  it('moves the records and leaves the CRC true, in the given bytes', () => {
    const batch = frozenBatch('kafkajs-gzip');
    expect(writeOffsetAndEpoch(batch, 2n ** 40n, 9)).toBe(batch);
    const { header, records } = decodeRecordBatch(batch);
    expect(header.partitionLeaderEpoch).toBe(9);
    expect(records.map((record) => record.offset - 2n ** 40n)).toEqual([
      0n,
      1n,
      2n,
    ]);
  });

  it('touches nothing else', () => {
    const written = writeOffsetAndEpoch(frozenBatch('kafkajs-none'), 0n, 0);
    expect(written).toEqual(frozenBatch('kafkajs-none'));
  });

  it.each([
    [-1n, 0],
    [2n ** 63n, 0],
    [0n, -2],
    [0n, 2 ** 31],
    [0n, 1.5],
  ])('refuses offset %p with epoch %p', (offset, epoch) => {
    const batch = encodeRecordBatch([{ timestamp: 0, key: null, value: null }]);
    const before = Buffer.from(batch);
    expect(() => writeOffsetAndEpoch(batch, offset, epoch)).toThrow(INVALID);
    expect(batch).toEqual(before);
  });

  it('refuses bytes that hold no header', () => {
    expect(() => writeOffsetAndEpoch(Buffer.alloc(60), 0n, 0)).toThrow(CORRUPT);
  });
});
