import { describe, expect, it } from '@jest/globals';
import { divergingOffset, epochEnd } from './fetch-epochs.js';

const epochs = [
  { partitionId: 1, epoch: 1, startOffset: 0n },
  { partitionId: 1, epoch: 4, startOffset: 100n },
  { partitionId: 1, epoch: 5, startOffset: 100n },
];

describe('epochEnd', () => {
  it.each([
    [5, { leaderEpoch: 5, endOffset: 120n }],
    [9, { leaderEpoch: 5, endOffset: 120n }],
    [4, { leaderEpoch: 4, endOffset: 100n }],
    [3, { leaderEpoch: 1, endOffset: 100n }],
    [0, { leaderEpoch: null, endOffset: 0n }],
  ])('finds where epoch %i ends', (epoch, end) => {
    expect(epochEnd(epochs, epoch, 120n)).toEqual(end);
  });
});

describe('divergingOffset', () => {
  const at = (offset: bigint, lastFetchedEpoch: number) =>
    divergingOffset(epochs, { offset, lastFetchedEpoch }, 120n);

  it('is undefined for a reader within the epoch that it read', () => {
    expect(at(100n, 1)).toBeUndefined();
    expect(at(60n, 1)).toBeUndefined();
    expect(at(120n, 5)).toBeUndefined();
  });

  it('is the end of the epoch for a reader that went past it', () => {
    expect(at(101n, 1)).toBe(100n);
    expect(at(150n, 4)).toBe(100n);
  });

  it('is at most where the reader stands for an epoch that the log never had', () => {
    expect(at(101n, 3)).toBe(100n);
    expect(at(60n, 3)).toBe(60n);
  });
});
