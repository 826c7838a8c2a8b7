import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { createTopic } from '#log';
import { useDatabase } from '#testing';
import { Membership } from '../membership/membership.js';
import type { OwnedPartition } from '../owned-partition.js';
import { commitIn, commitNow, commitOffsets } from './commit-offsets.js';
import { committedOffsets } from './committed-offsets.js';
import type { OffsetCommit } from './offset-commit.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('Committing offsets', () => {
  it('is refused where another member got the partition in the same generation', async () => {
    const { db, member, partition } = await open('same-generation');
    // Which happens where the targets of a generation are made late, see reconcile.spec.ts.
    await db.query(
      'update postamt.group_partitions set owner = owner + 1, target = target + 1 where id = $1',
      [partition.id],
    );
    await expect(
      commitNow(db, [{ partition, next: 1n }]),
    ).rejects.toMatchObject({ code: 'ILLEGAL_GENERATION' });
    expect((await committedOffsets(db, [partition])).size).toBe(0);
    await db.query(
      'update postamt.group_partitions set owner = owner - 1, target = target - 1 where id = $1',
      [partition.id],
    );
    await member.leave();
  });

  it.each<[string, Partial<OffsetCommit> & object]>([
    ['a negative offset', { next: -1n }],
    ['an offset that is no bigint', { next: Number.NaN as never }],
    ['an offset beyond 64 bits', { next: 2n ** 63n }],
    ['a negative offset before', { next: 1n, previous: -1n }],
    ['a leader epoch that is no number', { next: 1n, leaderEpoch: 0.5 }],
    ['a leader epoch beyond 32 bits', { next: 1n, leaderEpoch: 2 ** 31 }],
    ['metadata that Postgres cannot store', { next: 1n, metadata: 'a\0b' }],
  ])('is refused, and the transaction goes on, for %s', async (what, wrong) => {
    const { db, member, partition } = await open(what.replaceAll(' ', '-'));
    const commits = [{ next: 1n, ...wrong, partition }];
    const refused = { code: 'INVALID_VALUE' };
    await expect(commitNow(db, commits)).rejects.toMatchObject(refused);
    await db.transaction(async (tx) => {
      await expect(commitOffsets(tx, commits)).rejects.toMatchObject(refused);
      await expect(commitIn(tx, db, commits)).rejects.toMatchObject(refused);
      await commitOffsets(tx, [{ partition, next: 7n }]);
    });
    const committed = await committedOffsets(db, [partition]);
    expect(committed.get(partition.id)).toMatchObject({ offset: 7n });
    await member.leave();
  });

  it('is refused for a partition that is named twice', async () => {
    const { db, member, partition } = await open('twice');
    const commits = [3n, 4n].map((next) => ({ partition, next }));
    await expect(commitNow(db, commits)).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      message: expect.stringContaining('named twice'),
    });
    await member.leave();
  });
});

async function open(topic: string) {
  const db = database.open();
  await createTopic(db, { name: topic, partitions: 1 });
  const member = await Membership.join(db, { group: topic, topics: [topic] });
  return { db, member, partition: member.owned[0] as OwnedPartition };
}
