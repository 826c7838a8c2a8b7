import { describe, expect, it } from '@jest/globals';
import { PostamtError } from '#kernel';
import { BATCH_LAYOUT } from './batch-layout.js';
import { decodeRecordBatch } from './decode-record-batch.js';
import { encodeRecordBatch } from './encode-record-batch.js';
import { frozenBatch } from './fixtures/frozen-batch.js';
import { patchBatch } from './fixtures/patch-batch.js';
import { randomRecords, SeededRandom } from './fixtures/random-records.js';
import type { LogRecord } from './log-record.js';

const FROZEN = [
  'kafkajs-none',
  'kafkajs-gzip',
  'platformatic-zstd',
  'platformatic-snappy',
  'java-snappy',
  'java-lz4',
  'commit-marker',
] as const;
const FLIPS = [0x01, 0x80, 0xff, 0x10] as const;

/** The CRC leaves out what the log fills in; what else stands before it, length and magic, is checked otherwise. */
function isOutsideCrc(position: number): boolean {
  const { batchLength, leaderEpoch, magic } = BATCH_LAYOUT;
  return (
    position < batchLength || (position >= leaderEpoch && position < magic)
  );
}

function flipped(batch: Buffer, position: number, mask: number): Buffer {
  const copy = Buffer.from(batch);
  copy[position] = (copy[position] as number) ^ mask;
  return copy;
}

/** What `call` throws; fails where it returns. */
function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('expected it to throw, it returned');
}

/** The other class of error that `call` throws, if it does: a decoder may return or throw a PostamtError. */
function strayError(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error instanceof PostamtError ? undefined : error;
  }
  return undefined;
}

function isWithin(batch: Buffer, { key, value, headers }: LogRecord): boolean {
  const views = [key, value, ...headers.map((header) => header.value)];
  return views.every(
    (view) =>
      view === null ||
      (view.buffer === batch.buffer &&
        view.byteOffset >= batch.byteOffset &&
        view.byteOffset + view.length <= batch.byteOffset + batch.length),
  );
}

describe.each(FROZEN)('a damaged batch: %s', (name) => {
  const batch = frozenBatch(name);

  it('is refused at every truncation, with or without the CRC', () => {
    for (let cut = 0; cut < batch.length; cut += 1) {
      // A view, so the missing bytes stand behind it: a read past the end would find what it looks for.
      const part = batch.subarray(0, cut);
      for (const checkCrc of [true, false]) {
        expect(thrownBy(() => decodeRecordBatch(part, { checkCrc }))).toEqual(
          expect.objectContaining({ code: 'CORRUPT_MESSAGE' }),
        );
      }
    }
  });

  it('is refused for every changed byte, by the CRC or before it', () => {
    for (let position = 0; position < batch.length; position += 1) {
      for (const mask of FLIPS) {
        const decode = () => decodeRecordBatch(flipped(batch, position, mask));
        if (isOutsideCrc(position)) expect(strayError(decode)).toBeUndefined();
        else expect(thrownBy(decode)).toBeInstanceOf(PostamtError);
      }
    }
  });

  it('is decoded or refused by a PostamtError where the CRC is not compared', () => {
    for (let position = 0; position < batch.length; position += 1) {
      for (const mask of FLIPS) {
        const damaged = flipped(batch, position, mask);
        const decode = () => decodeRecordBatch(damaged, { checkCrc: false });
        expect([position, mask, strayError(decode)]).toEqual([
          position,
          mask,
          undefined,
        ]);
      }
    }
  });
});

describe('records cut off behind a header that says they are whole', () => {
  it.each(FROZEN)('are refused at every cut: %s', (name) => {
    const batch = frozenBatch(name);
    for (let cut = BATCH_LAYOUT.records; cut < batch.length; cut += 1) {
      const lie = patchBatch(batch, (copy) => copy.subarray(0, cut));
      expect([cut, thrownBy(() => decodeRecordBatch(lie))]).toEqual([
        cut,
        expect.any(PostamtError),
      ]);
    }
  });
});

describe('several bytes changed at random under a true CRC', () => {
  it('are decoded within the batch, or refused by a PostamtError', () => {
    for (let seed = 1; seed <= 600; seed += 1) {
      const random = new SeededRandom(seed);
      const records = randomRecords(random, 3);
      const batch = patchBatch(encodeRecordBatch(records), (copy) => {
        for (let change = 0; change < 3; change += 1) {
          copy[random.below(Math.min(copy.length, 200))] = random.below(256);
        }
      });
      const decode = () => {
        const { records: read } = decodeRecordBatch(batch);
        expect([seed, read.every((one) => isWithin(batch, one))]).toEqual([
          seed,
          true,
        ]);
      };
      expect([seed, strayError(decode)]).toEqual([seed, undefined]);
    }
  });
});

describe('packed records changed at random under a true CRC', () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'are decoded or refused by a PostamtError: %s',
    (compression) => {
      for (let seed = 1; seed <= 120; seed += 1) {
        const random = new SeededRandom(seed);
        const whole = encodeRecordBatch(randomRecords(random), { compression });
        const lie = patchBatch(whole, (copy) => {
          for (let change = 0; change < 1 + random.below(4); change += 1) {
            const room = copy.length - BATCH_LAYOUT.records;
            copy[BATCH_LAYOUT.records + random.below(room)] = random.below(256);
          }
          const cut = random.below(3) === 0 ? random.below(40) : 0;
          return copy.subarray(0, Math.max(62, copy.length - cut));
        });
        const decode = () =>
          decodeRecordBatch(lie, { maxDecompressedBytes: 2 ** 20 });
        expect([seed, strayError(decode)]).toEqual([seed, undefined]);
      }
    },
  );
});
