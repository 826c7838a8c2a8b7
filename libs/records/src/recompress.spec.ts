import { describe, expect, it } from '@jest/globals';
import { COMPRESSIONS, type Compression } from './compression.js';
import { decodeRecordBatch } from './decode-record-batch.js';
import { encodeRecordBatch } from './encode-record-batch.js';
import { frozenBatch } from './fixtures/frozen-batch.js';
import { headerWithout } from './fixtures/header-without.js';
import { recordLines } from './fixtures/record-lines.js';
import { recompress } from './recompress.js';
import { withLogAppendTime } from './with-log-append-time.js';

const CORRUPT = expect.objectContaining({ code: 'CORRUPT_MESSAGE' });
const INVALID = expect.objectContaining({ code: 'INVALID_VALUE' });
const TOO_LARGE = expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' });
const UNSUPPORTED = expect.objectContaining({
  code: 'UNSUPPORTED_COMPRESSION_TYPE',
});
const SOURCES = [
  'java-cleaner-tombstone',
  'kafkajs-gzip',
  'java-snappy',
  'java-lz4',
  'platformatic-zstd',
  'commit-marker',
] as const;

function damaged(): Buffer {
  const batch = frozenBatch('kafkajs-none');
  batch[80] = (batch[80] as number) ^ 1;
  return batch;
}

describe('recompress', () => {
  it.each(SOURCES)('changes nothing but the compression: %s', (name) => {
    const batch = frozenBatch(name);
    const before = decodeRecordBatch(batch);
    for (const compression of COMPRESSIONS) {
      const after = decodeRecordBatch(recompress(batch, compression));
      expect(after.header).toMatchObject({
        ...headerWithout(before.header, 'crc', 'batchLength'),
        attributes:
          (before.header.attributes & ~7) | COMPRESSIONS.indexOf(compression),
        compression,
      });
      expect(recordLines(after.records)).toEqual(recordLines(before.records));
    }
  });

  it('leaves the given bytes as they are', () => {
    const batch = frozenBatch('kafkajs-none');
    const before = Buffer.from(batch);
    expect(recompress(batch, 'none')).toBe(batch);
    recompress(batch, 'lz4');
    expect(batch).toEqual(before);
  });

  it('refuses damaged bytes, unless their CRC was compared already', () => {
    expect(() => recompress(damaged(), 'lz4')).toThrow(CORRUPT);
    const batch = recompress(damaged(), 'lz4', { checkCrc: false });
    expect(decodeRecordBatch(batch).header.compression).toBe('lz4');
  });

  it('refuses a bomb', () => {
    const value = Buffer.alloc(100_000);
    const bomb = encodeRecordBatch([{ timestamp: 0, key: null, value }], {
      compression: 'zstd',
    });
    expect(() =>
      recompress(bomb, 'lz4', { maxDecompressedBytes: 99_999 }),
    ).toThrow(TOO_LARGE);
  });

  it('refuses a compression that is none', () => {
    const batch = frozenBatch('kafkajs-none');
    expect(() => recompress(batch, 'brotli' as Compression)).toThrow(
      UNSUPPORTED,
    );
  });
});

describe('withLogAppendTime', () => {
  it.each(SOURCES)('gives every record the one time, in a copy: %s', (name) => {
    const batch = frozenBatch(name);
    const original = Buffer.from(batch);
    const before = decodeRecordBatch(batch);
    const after = decodeRecordBatch(withLogAppendTime(batch, 1_800));
    expect(batch).toEqual(original);
    expect(after.header).toMatchObject({
      ...headerWithout(before.header, 'crc'),
      attributes: before.header.attributes | 8,
      timestampType: 'LogAppendTime',
      maxTimestamp: 1_800,
    });
    expect(recordLines(after.records)).toEqual(
      recordLines(
        before.records.map((record) => ({ ...record, timestamp: 1_800 })),
      ),
    );
  });

  it.each([-1, 0.5, Number.NaN])('refuses the time %p', (time) => {
    expect(() => withLogAppendTime(frozenBatch('java-lz4'), time)).toThrow(
      INVALID,
    );
  });

  it('refuses damaged bytes', () => {
    expect(() => withLogAppendTime(damaged(), 1)).toThrow(CORRUPT);
  });
});
