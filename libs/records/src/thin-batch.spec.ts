import { describe, expect, it } from '@jest/globals';
import { COMPRESSIONS } from './compression.js';
import { decodeRecordBatch } from './decode-record-batch.js';
import {
  encodeRecordBatch,
  type EncodeOptions,
} from './encode-record-batch.js';
import { frozenBatch } from './fixtures/frozen-batch.js';
import { headerWithout } from './fixtures/header-without.js';
import { randomRecords, SeededRandom } from './fixtures/random-records.js';
import { recordLines } from './fixtures/record-lines.js';
import type { LogRecord } from './log-record.js';
import { thinBatch } from './thin-batch.js';

const HORIZON = 1_750_000_100_000 + 86_400_000;
const INVALID = expect.objectContaining({ code: 'INVALID_VALUE' });
const CORRUPT = expect.objectContaining({ code: 'CORRUPT_MESSAGE' });
const everything = () => true;

function keepOffset(offset: bigint) {
  return (record: LogRecord) => record.offset === offset;
}

describe("Kafka's cleaner", () => {
  const source = frozenBatch('java-cleaner-source');
  const options = { deleteHorizonMs: HORIZON };

  it('writes the same bytes where no tombstone is kept', () => {
    expect(thinBatch(source, keepOffset(102n), options)).toEqual(
      frozenBatch('java-cleaner-thin'),
    );
  });

  it('writes the same bytes where a tombstone is kept: the horizon is set', () => {
    const thinned = thinBatch(source, keepOffset(101n), options);
    expect(thinned).toEqual(frozenBatch('java-cleaner-tombstone'));
  });

  it('writes the same bytes where all is kept and the horizon is set', () => {
    const thinned = thinBatch(source, everything, options);
    expect(thinned).toEqual(frozenBatch('java-cleaner-all'));
  });
});

describe('a thinned batch', () => {
  const kept: EncodeOptions = {
    baseOffset: 2n ** 40n,
    leaderEpoch: 3,
    producerId: 7n,
    producerEpoch: 2,
    baseSequence: 11,
    isTransactional: true,
  };

  it('is undefined where no record is kept', () => {
    expect(thinBatch(frozenBatch('kafkajs-none'), () => false)).toBeUndefined();
  });

  it('is the same bytes where all records are kept and no horizon is to be set', () => {
    const batch = frozenBatch('kafkajs-none');
    expect(thinBatch(batch, everything)).toBe(batch);
    const value = Buffer.from('no tombstone');
    const other = encodeRecordBatch([{ timestamp: 1, key: null, value }]);
    expect(thinBatch(other, everything, { deleteHorizonMs: 5 })).toBe(other);
  });

  it.each(COMPRESSIONS)(
    'keeps header, offsets, timestamps and bytes: %s',
    (compression) => {
      for (let seed = 1; seed <= 20; seed += 1) {
        const random = new SeededRandom(seed);
        const records = randomRecords(random);
        const batch = encodeRecordBatch(records, { ...kept, compression });
        const before = decodeRecordBatch(batch);
        const chosen = new Set(
          before.records
            .map((record) => record.offset)
            .filter(() => random.below(2) === 0),
        );
        const thinned = thinBatch(batch, ({ offset }) => chosen.has(offset));
        if (chosen.size === 0) {
          expect(thinned).toBeUndefined();
          continue;
        }
        const after = decodeRecordBatch(thinned as Buffer);
        const left = before.records.filter(({ offset }) => chosen.has(offset));
        expect(recordLines(after.records)).toEqual(recordLines(left));
        expect(after.header).toMatchObject({
          ...headerWithout(
            before.header,
            'crc',
            'batchLength',
            'baseTimestamp',
          ),
          recordCount: left.length,
          maxTimestamp: Math.max(...left.map(({ timestamp }) => timestamp)),
        });
      }
    },
  );

  it('keeps LogAppendTime and its time', () => {
    const records = [5, 9, 7].map((timestamp) => ({
      timestamp,
      key: null,
      value: null,
    }));
    const batch = encodeRecordBatch(records, {
      timestampType: 'LogAppendTime',
    });
    const thinned = thinBatch(batch, keepOffset(2n), { deleteHorizonMs: 100 });
    const { header, records: left } = decodeRecordBatch(thinned as Buffer);
    expect(header).toMatchObject({
      timestampType: 'LogAppendTime',
      maxTimestamp: 9,
      deleteHorizonMs: 100,
    });
    expect(left).toMatchObject([{ offset: 2n, timestamp: 9 }]);
  });

  it('keeps the horizon that it has', () => {
    const once = frozenBatch('java-cleaner-all');
    expect(thinBatch(once, everything, { deleteHorizonMs: 1 })).toBe(once);
    const twice = thinBatch(once, keepOffset(101n), { deleteHorizonMs: 1 });
    expect(twice).toEqual(frozenBatch('java-cleaner-tombstone'));
  });

  it('has a horizon where it is a control batch', () => {
    const thinned = thinBatch(frozenBatch('commit-marker'), everything, {
      deleteHorizonMs: HORIZON,
    });
    expect(decodeRecordBatch(thinned as Buffer).header).toMatchObject({
      isControl: true,
      deleteHorizonMs: HORIZON,
      baseTimestamp: HORIZON,
      maxTimestamp: 1_750_000_000_000,
    });
  });

  it.each([-1, 0.5, Number.NaN])('is refused with the horizon %p', (time) => {
    const batch = frozenBatch('kafkajs-none');
    expect(() =>
      thinBatch(batch, everything, { deleteHorizonMs: time }),
    ).toThrow(INVALID);
  });

  it('is refused where the batch is damaged', () => {
    const batch = frozenBatch('kafkajs-none');
    batch[80] = (batch[80] as number) ^ 1;
    expect(() => thinBatch(batch, everything)).toThrow(CORRUPT);
  });
});
