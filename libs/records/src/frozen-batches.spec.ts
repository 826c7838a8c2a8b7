import { describe, expect, it } from '@jest/globals';
import { decodeRecordBatch } from './decode-record-batch.js';
import { encodeRecordBatch } from './encode-record-batch.js';
import { frozenBatch } from './fixtures/frozen-batch.js';
import { recordLines } from './fixtures/record-lines.js';
import type { LogRecord } from './log-record.js';

const RECORDS: LogRecord[] = [
  {
    offset: 0n,
    timestamp: 1_750_000_000_000,
    key: Buffer.from('incident-1'),
    value: Buffer.from('{"status":"Accepted"}'),
    headers: [{ key: 'trace', value: Buffer.from('a1b2') }],
  },
  {
    offset: 1n,
    timestamp: 1_750_000_000_070,
    key: Buffer.from('incident-2'),
    value: null,
    headers: [],
  },
  {
    offset: 2n,
    timestamp: 1_749_999_999_999,
    key: null,
    value: Buffer.alloc(0),
    headers: [
      { key: 'trace', value: Buffer.from('c3') },
      { key: 'Größe', value: Buffer.alloc(0) },
    ],
  },
];

const MARKER = {
  baseOffset: 99n,
  leaderEpoch: 5,
  producerId: 4242n,
  producerEpoch: 3,
  isTransactional: true,
  isControl: true,
};

describe('frozen batches of other implementations', () => {
  it.each([
    ['kafkajs-none', 'none', false],
    ['kafkajs-gzip', 'gzip', true],
    ['platformatic-zstd', 'zstd', false],
    ['platformatic-snappy', 'snappy', false],
    ['java-snappy', 'snappy', false],
    ['java-lz4', 'lz4', false],
  ] as const)('are read as they were meant: %s', (name, compression, tx) => {
    const { header, records } = decodeRecordBatch(frozenBatch(name));
    expect(records).toEqual(RECORDS);
    expect(header).toMatchObject({
      compression,
      isTransactional: tx,
      isControl: false,
      baseOffset: 0n,
      lastOffsetDelta: 2,
      recordCount: 3,
      baseTimestamp: 1_750_000_000_000,
      maxTimestamp: 1_750_000_000_070,
      producerId: -1n,
      timestampType: 'CreateTime',
    });
  });

  it('are encoded to the same bytes from the same records', () => {
    expect(
      encodeRecordBatch(RECORDS, {
        leaderEpoch: 0,
        producerEpoch: 0,
        baseSequence: 0,
      }),
    ).toEqual(frozenBatch('kafkajs-none'));
  });

  it('are encoded to the same bytes as by Java where the codec is the same', () => {
    expect(encodeRecordBatch(RECORDS, { compression: 'snappy' })).toEqual(
      frozenBatch('java-snappy'),
    );
  });

  it.each([
    ['java-blocks-snappy', 12],
    ['java-blocks-lz4', 50],
  ] as const)('may be packed in several blocks: %s', (name, count) => {
    const { records } = decodeRecordBatch(frozenBatch(name));
    const lines = Array.from({ length: count }, (_, index) => ({
      offset: BigInt(index),
      timestamp: 1_750_000_000_000 + index,
      key: Buffer.from(`k${index}`),
      value: Buffer.alloc(3_000, 'a'.charCodeAt(0) + (index % 26)),
      headers: [],
    }));
    expect(recordLines(records)).toEqual(recordLines(lines));
  });
});

describe('a control batch', () => {
  it('is read with its bits, its producer and its marker', () => {
    const { header, records } = decodeRecordBatch(frozenBatch('commit-marker'));
    const { leaderEpoch, ...fields } = MARKER;
    expect(header).toMatchObject({
      ...fields,
      partitionLeaderEpoch: leaderEpoch,
      baseSequence: -1,
      attributes: 0x30,
    });
    expect(records).toEqual([
      {
        offset: 99n,
        timestamp: 1_750_000_000_000,
        key: Buffer.from('00000001', 'hex'),
        value: Buffer.from('000000000007', 'hex'),
        headers: [],
      },
    ]);
  });

  it('comes out of decoding and encoding byte for byte', () => {
    const batch = frozenBatch('commit-marker');
    const { header, records } = decodeRecordBatch(batch);
    const { partitionLeaderEpoch: leaderEpoch, ...fields } = header;
    expect(encodeRecordBatch(records, { ...fields, leaderEpoch })).toEqual(
      batch,
    );
  });
});
