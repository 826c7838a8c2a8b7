import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { createTopic } from '#log';
import type { Database } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import { commit, topicWith } from '../admin/fixtures/handmade-group.js';
import { offsetsOf } from '../admin/fixtures/offsets-of.js';
import { Membership } from '../membership/membership.js';
import { age } from './fixtures/age.js';
import { GroupMaintenance } from './group-maintenance.js';
import { asGroupMaintainer } from './maintainer.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
let db: Database;

beforeEach(() => {
  db = database.open();
});

const maintain = () => new GroupMaintenance(db).runOnce();

describe('While others are at work, GroupMaintenance', () => {
  it('leaves it to the process that is at it', async () => {
    await createTopic(db, { name: 'shared' });
    await commit(db, 'shared', 'shared', [1n]);
    await commit(db, 'shared', 'shared', [2n]);
    await asGroupMaintainer(db, async () => {
      const other = new GroupMaintenance(database.open());
      expect(await other.runOnce()).toMatchObject({
        prunedOffsets: 0,
        busy: true,
      });
    });
    expect(await maintain()).toMatchObject({ prunedOffsets: 1, busy: false });
  });

  it('passes over partitions in which somebody commits, and groups that somebody joins', async () => {
    await createTopic(db, { name: 'used', partitions: 2 });
    for (const group of ['committing', 'joining']) {
      await commit(db, group, 'used', [1n, 1n]);
      await age(db, group, { commits: 8, emptied: 8 });
    }
    await db.transaction(async (tx) => {
      const { rows } = await tx.query(
        `select min(joined.id) as id from ${db.schema}.group_partitions as joined
        join ${db.schema}.consumer_groups as home on home.id = joined.group_id and home.name = 'committing'`,
      );
      await tx.lock('groupPartition', [rows[0]?.id as number]);
      await tx.query(
        `select from ${db.schema}.consumer_groups where name = 'joining' for no key update`,
      );
      expect(await maintain()).toMatchObject({
        expiredOffsets: 1,
        deletedGroups: [],
      });
    });
    expect(await maintain()).toMatchObject({
      expiredOffsets: 3,
      deletedGroups: ['committing', 'joining'],
    });
  });

  it('takes nothing from a member that joins at the same time', async () => {
    await topicWith(db, 'raced', 3);
    const other = database.open();
    for (let round = 0; round < 10; round += 1) {
      await commit(db, 'raced', 'raced', [1n]);
      await age(db, 'raced', { commits: 8, emptied: 8 });
      const [membership] = await Promise.all([
        Membership.join(other, { group: 'raced', topics: ['raced'] }),
        maintain(),
        maintain(),
      ]);
      await waitFor(
        'it to have its partition',
        () => membership.owned.length > 0,
      );
      // Either it was there first, and its offset stays; or the group was as good as new.
      const offsets = await offsetsOf(db, 'raced');
      expect([[], ['raced-0=1']]).toContainEqual(offsets);
      expect(await maintain()).toMatchObject({ expiredOffsets: 0 });
      expect(await offsetsOf(db, 'raced')).toEqual(offsets);
      await membership.leave();
    }
  });

  it('does not disturb whoever commits meanwhile', async () => {
    await createTopic(db, { name: 'hot' });
    const over = new AbortController();
    const committing = (async () => {
      let n = 0n;
      for (; !over.signal.aborted; n += 1n) await commit(db, 'hot', 'hot', [n]);
      return n - 1n;
    })();
    const maintenance = new GroupMaintenance(database.open());
    let pruned = 0;
    await waitFor('a hundred to be pruned', async () => {
      pruned += (await maintenance.runOnce()).prunedOffsets;
      return pruned >= 100;
    });
    over.abort();
    const last = await committing;
    expect(await offsetsOf(db, 'hot')).toEqual([`hot-0=${last}`]);
  });
});
