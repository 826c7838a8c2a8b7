import { describe, expect, it } from '@jest/globals';
import type { OwnedPartition } from '#groups';
import { decideOwnedChanges } from './owned-changes.js';

const owned = (id: number, epoch = 1, member = 7): OwnedPartition => ({
  id,
  epoch,
  member,
  group: 'g',
  partitionId: id + 100,
  topic: 't',
  partition: id,
});
const NOTHING = { lost: [], revoked: [], added: [] };

describe('decideOwnedChanges', () => {
  it('leaves partitions alone that stay', () => {
    expect(decideOwnedChanges([owned(1)], [owned(1)], [])).toEqual(NOTHING);
  });

  it('adds what is new, and revokes what is to be given up', () => {
    expect(
      decideOwnedChanges(
        [owned(1), owned(2)],
        [owned(2), owned(3)],
        [owned(1)],
      ),
    ).toEqual({ lost: [], revoked: [owned(1)], added: [owned(3)] });
  });

  it('revokes nothing that was never taken up', () => {
    expect(decideOwnedChanges([], [], [owned(1)])).toEqual(NOTHING);
  });

  it('loses what is neither owned nor to be given up', () => {
    expect(decideOwnedChanges([owned(1)], [], [])).toEqual({
      ...NOTHING,
      lost: [owned(1)],
    });
  });

  it('takes a partition that came back for another one', () => {
    expect(decideOwnedChanges([owned(1)], [owned(1, 2)], [])).toEqual({
      ...NOTHING,
      lost: [owned(1)],
      added: [owned(1, 2)],
    });
    expect(decideOwnedChanges([owned(1)], [owned(1, 1, 8)], [])).toEqual({
      ...NOTHING,
      lost: [owned(1)],
      added: [owned(1, 1, 8)],
    });
  });
});
