import { describe, expect, it } from '@jest/globals';
import type { CommittedOffset } from '#groups';
import { divergenceOf } from './divergence.js';

const committed: CommittedOffset = {
  offset: 10n,
  leaderEpoch: 3,
  metadata: '',
  epoch: 1,
  committedAt: new Date(0),
};
const ends = (leaderEpoch: number | null, endOffset: bigint | null) =>
  divergenceOf(committed, { topic: 't', partition: 0, leaderEpoch, endOffset });

describe('divergenceOf', () => {
  it('finds none where the epoch goes on to the offset or further', () => {
    expect(ends(3, 10n)).toBeUndefined();
    expect(ends(3, 12n)).toBeUndefined();
  });

  it('goes back to where the epoch ended before the offset', () => {
    expect(ends(3, 8n)).toBe(8n);
    expect(ends(2, 6n)).toBe(6n);
  });

  it('does not go forward', () => {
    expect(ends(2, 12n)).toBe(10n);
  });

  it('says nothing where nothing is known', () => {
    expect(ends(null, null)).toBeUndefined();
    expect(divergenceOf(committed, undefined)).toBeUndefined();
    expect(divergenceOf(undefined, undefined)).toBeUndefined();
  });
});
