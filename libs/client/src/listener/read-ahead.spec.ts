import { describe, expect, it } from '@jest/globals';
import type { FetchedBatch, FetchedPartition } from '#log';
import { encodeRecordBatch, writeOffsetAndEpoch } from '#records';
import { ReadAhead } from './read-ahead.js';

describe('ReadAhead', () => {
  it('gives records over the borders of batches, and keeps them until they are through', () => {
    const ahead = new ReadAhead('t-0', 0n);
    ahead.fill(fetched(batch(0n, 3), batch(3n, 3)));
    expect(offsets(ahead.peek(4))).toEqual([0n, 1n, 2n, 3n]);
    expect(offsets(ahead.peek(2))).toEqual([0n, 1n]);
    ahead.advance(2);
    expect(offsets(ahead.peek(9))).toEqual([2n, 3n, 4n, 5n]);
  });

  it('begins inside of a batch where it is to begin there', () => {
    const ahead = new ReadAhead('t-0', 2n);
    ahead.fill(fetched(batch(0n, 4)));
    expect(offsets(ahead.peek(9))).toEqual([2n, 3n]);
  });

  it('says where to go on behind records: at the next one, or where the log is to be read on', () => {
    const ahead = new ReadAhead('t-0', 0n);
    ahead.fill(fetched(batch(0n, 2), batch(5n, 2)));
    ahead.peek(9);
    expect([1, 2, 3, 4].map((count) => ahead.offsetAfter(count))).toEqual([
      1n,
      5n,
      6n,
      7n,
    ]);
  });

  it('knows the leader epoch of each record, and of the last that was read', () => {
    const ahead = new ReadAhead('t-0', 0n, 1);
    expect(ahead.lastFetchedEpoch).toBe(1);
    ahead.fill(fetched(batch(0n, 2, 3), batch(2n, 2, 4)));
    ahead.peek(9);
    expect([2, 3].map((count) => ahead.leaderEpochAt(count))).toEqual([3, 4]);
    expect(ahead.lastFetchedEpoch).toBe(4);
  });

  it('holds the bytes of a batch until its last record is through', () => {
    const [first, second] = [batch(0n, 2), batch(2n, 2)];
    const ahead = new ReadAhead('t-0', 0n);
    ahead.fill(fetched(first, second));
    expect(ahead.bytes).toBe(first.bytes.length + second.bytes.length);
    ahead.peek(3);
    ahead.advance(1);
    expect(ahead.bytes).toBe(first.bytes.length + second.bytes.length);
    ahead.advance(1);
    expect(ahead.bytes).toBe(second.bytes.length);
    ahead.advance(2);
    expect(ahead.bytes).toBe(0);
    expect(ahead.isEmpty).toBe(true);
  });

  it('gives what stands before a batch that cannot be decoded, and then says where that is', () => {
    const broken = batch(2n, 2);
    const ahead = new ReadAhead('t-0', 0n);
    ahead.fill(fetched(batch(0n, 2), { ...broken, bytes: cut(broken.bytes) }));
    expect(offsets(ahead.peek(9))).toEqual([0n, 1n]);
    ahead.advance(2);
    expect(() => ahead.peek(9)).toThrow('t-0@2 cannot be decoded');
  });
});

function batch(baseOffset: bigint, count: number, leaderEpoch = 0) {
  const value = Buffer.from('value');
  const records = Array.from({ length: count }, () => ({
    timestamp: 1,
    key: null,
    value,
  }));
  const bytes = encodeRecordBatch(records);
  writeOffsetAndEpoch(bytes, baseOffset, leaderEpoch);
  const lastOffset = baseOffset + BigInt(count - 1);
  return { baseOffset, lastOffset, leaderEpoch, bytes };
}

function cut(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length - 1);
}

function fetched(...batches: FetchedBatch[]): FetchedPartition {
  const nextOffset = (batches.at(-1)?.lastOffset ?? -1n) + 1n;
  return {
    topic: 't',
    partition: 0,
    logStartOffset: 0n,
    logEndOffset: nextOffset,
    highWatermark: nextOffset,
    leaderEpoch: 0,
    batches,
    nextOffset,
    skipped: [],
  };
}

function offsets(records: readonly { readonly offset: bigint }[]): bigint[] {
  return records.map(({ offset }) => offset);
}
