import { describe, expect, it } from '@jest/globals';
import { requireCommittable } from './offset-to-commit.js';

const place = { topic: 'doors', partition: 1 };

describe('requireCommittable', () => {
  it('takes offsets from 0, with leader epoch and metadata', () => {
    const most = { leaderEpoch: 0, metadata: 'x'.repeat(4_096) };
    expect(
      requireCommittable([
        { ...place, offset: 0n, ...most },
        { ...place, partition: 2, offset: 2n ** 62n },
      ]),
    ).toBeUndefined();
  });

  it.each([
    ['offset is -1', { offset: -1n }],
    ['leader epoch is -1', { offset: 1n, leaderEpoch: -1 }],
    ['4097 characters', { offset: 1n, metadata: 'x'.repeat(4_097) }],
  ])('names the partition whose %s', (words, fault) => {
    const check = () => requireCommittable([{ ...place, ...fault }]);
    expect(check).toThrow(words);
    expect(check).toThrow('doors-1');
  });

  it('refuses a partition that is named twice', () => {
    const offsets = [1n, 2n].map((offset) => ({ ...place, offset }));
    expect(() => requireCommittable(offsets)).toThrow('twice');
  });
});
