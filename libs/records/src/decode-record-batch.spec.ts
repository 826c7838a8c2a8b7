import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { ATTRIBUTE_BITS, BATCH_LAYOUT } from './batch-layout.js';
import { decodeRecordBatch } from './decode-record-batch.js';
import { encodeRecordBatch } from './encode-record-batch.js';
import { frozenBatch } from './fixtures/frozen-batch.js';
import { patchBatch } from './fixtures/patch-batch.js';

const CORRUPT = expect.objectContaining({ code: 'CORRUPT_MESSAGE' });
const TOO_LARGE = expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' });
const INVALID = expect.objectContaining({ code: 'INVALID_VALUE' });

interface Summary {
  readonly count?: number;
  readonly lastDelta?: number;
}

/** A batch whose records are the bytes written out in `hex`, whatever they are. */
function batchOf(hex: string, { count = 1, lastDelta = 0 }: Summary = {}) {
  const records = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const one = encodeRecordBatch([{ timestamp: 0, key: null, value: null }]);
  return patchBatch(one, (copy) => {
    copy.writeInt32BE(count, BATCH_LAYOUT.recordCount);
    copy.writeInt32BE(lastDelta, BATCH_LAYOUT.lastOffsetDelta);
    return Buffer.concat([copy.subarray(0, BATCH_LAYOUT.records), records]);
  });
}

describe('decodeRecordBatch', () => {
  it('reads the smallest record', () => {
    // length 6, attributes, timestamp delta 0, offset delta 0, key -1, value -1, 0 headers
    const { records } = decodeRecordBatch(batchOf('0c 00 00 00 01 01 00'));
    expect(records).toEqual([
      { offset: 0n, timestamp: 0, key: null, value: null, headers: [] },
    ]);
  });

  it.each([
    [
      'a length that leaves bytes of the record unread',
      '0e 00 00 00 01 01 00 00',
    ],
    ['a length that ends within the record', '0a 00 00 00 01 01 00'],
    ['a length past the end', '7e 00 00 00 01 01 00'],
    ['a negative length', '01 00 00 00 01 01 00'],
    ['bytes behind the last record', '0c 00 00 00 01 01 00 00'],
    ['an offset delta past the last', '0c 00 00 02 01 01 00'],
    ['a negative offset delta', '0c 00 00 01 01 01 00'],
    ['a key length of -2', '0c 00 00 00 03 01 00'],
    ['a key past the record', '0c 00 00 00 7e 01 00'],
    ['a value of two gigabytes', '14 00 00 00 01 fe ff ff ff 0f 00'],
    ['a negative count of headers', '0c 00 00 00 01 01 01'],
    ['two thousand million headers', '14 00 00 00 01 01 fe ff ff ff 0f'],
    ['a header without a name', '10 00 00 00 01 01 02 01 01'],
    ['a header cut off', '0e 00 00 00 01 01 02 00'],
    [
      'a record that ends past the batch, on nothing',
      '18 00 00 00 04 aa bb 01',
    ],
    ['a varint of 33 bits', '14 00 00 00 81 80 80 80 10 01 00'],
    ['a varint that does not end', '14 00 00 00 01 ff ff ff ff ff 00'],
    [
      'a varlong of more than ten bytes',
      '20 00 ff ff ff ff ff ff ff ff ff ff 01 00 01 01 00',
    ],
    [
      'a timestamp past the safe range',
      '1e 00 fe ff ff ff ff ff ff ff ff 01 00 01 01 00',
    ],
  ])('refuses %s', (_, hex) => {
    expect(() => decodeRecordBatch(batchOf(hex))).toThrow(CORRUPT);
  });

  it('refuses a record that holds the next one', () => {
    const nested = '1a 00 00 00 01 01 00 0c 00 00 02 01 01 00';
    const two = { count: 2, lastDelta: 1 };
    expect(() => decodeRecordBatch(batchOf(nested, two))).toThrow(CORRUPT);
  });

  it('refuses a negative length that would read bytes twice', () => {
    // A key of -2 bytes would lead back to the offset delta, there read as the length of the value.
    const back = batchOf('0e 00 00 02 03 02 00 01', { lastDelta: 1 });
    expect(() => decodeRecordBatch(back)).toThrow(CORRUPT);
  });

  it('refuses offset deltas that do not rise', () => {
    const same = '0c 00 00 02 01 01 00 0c 00 00 02 01 01 00';
    const two = { count: 2, lastDelta: 5 };
    expect(() => decodeRecordBatch(batchOf(same, two))).toThrow(CORRUPT);
    const rising = same.replace('00 00 02', '00 00 00');
    expect(decodeRecordBatch(batchOf(rising, two)).records).toHaveLength(2);
  });

  it('refuses fewer records than the header says, before it reads any', () => {
    const lie = { count: 2 ** 31 - 1, lastDelta: 2 ** 31 - 1 };
    const smallest = '0c 00 00 00 01 01 00';
    expect(() => decodeRecordBatch(batchOf(smallest, lie))).toThrow(CORRUPT);
  });

  it('reads a batch that compaction has emptied, packed or not', () => {
    for (const attributes of [0, 1, 2, 4]) {
      const empty = patchBatch(
        batchOf('', { count: 0, lastDelta: 9 }),
        (copy) => {
          copy.writeInt16BE(attributes, BATCH_LAYOUT.attributes);
        },
      );
      const { header, records } = decodeRecordBatch(empty);
      expect([header.lastOffsetDelta, records]).toEqual([9, []]);
    }
  });

  it('stamps all records with maxTimestamp under LogAppendTime', () => {
    const batch = patchBatch(frozenBatch('kafkajs-none'), (copy) => {
      copy.writeInt16BE(ATTRIBUTE_BITS.logAppendTime, BATCH_LAYOUT.attributes);
      copy.writeBigInt64BE(123n, BATCH_LAYOUT.maxTimestamp);
    });
    const { records } = decodeRecordBatch(batch);
    expect(records.map((record) => record.timestamp)).toEqual([123, 123, 123]);
  });

  it('gives keys and values as views of the batch', () => {
    const batch = frozenBatch('kafkajs-none');
    const [record] = decodeRecordBatch(batch).records;
    expect(record?.key?.buffer).toBe(batch.buffer);
    expect(record?.value?.buffer).toBe(batch.buffer);
  });

  it('compares the CRC unless told not to', () => {
    const batch = frozenBatch('kafkajs-none');
    batch.writeUInt32BE(0, BATCH_LAYOUT.crc);
    expect(() => decodeRecordBatch(batch)).toThrow(CORRUPT);
    expect(decodeRecordBatch(batch, { checkCrc: false }).records).toHaveLength(
      3,
    );
  });
});

describe('compressed records', () => {
  const records = [{ timestamp: 0, key: null, value: Buffer.alloc(100_000) }];

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'unpack to no more than maxDecompressedBytes: %s',
    (compression) => {
      const bomb = encodeRecordBatch(records, { compression });
      const decode = (maxDecompressedBytes: number) =>
        decodeRecordBatch(bomb, { maxDecompressedBytes }).records;
      expect(bomb.length).toBeLessThan(6_000);
      expect(() => decode(100_000)).toThrow(TOO_LARGE);
      expect(decode(100_100)).toEqual([
        expect.objectContaining({ value: records[0]?.value }),
      ]);
    },
  );

  it.each([0, -1, 1.5, Number.NaN])('refuses the limit %p', (limit) => {
    const batch = encodeRecordBatch(records);
    expect(() =>
      decodeRecordBatch(batch, { maxDecompressedBytes: limit }),
    ).toThrow(INVALID);
  });

  it('are refused with bytes behind the last record', () => {
    const batch = patchBatch(batchOf('0c 00 00 00 01 01 00 00'), (copy) => {
      copy.writeInt16BE(1, BATCH_LAYOUT.attributes);
      return Buffer.concat([
        copy.subarray(0, BATCH_LAYOUT.records),
        gzipSync(copy.subarray(BATCH_LAYOUT.records)),
      ]);
    });
    expect(() => decodeRecordBatch(batch)).toThrow(CORRUPT);
  });
});
