import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { createTopic, deleteTopic } from '#log';
import type { Database } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import { addMember, commit, giveTo } from '../admin/fixtures/handmade-group.js';
import { offsetsOf } from '../admin/fixtures/offsets-of.js';
import { listGroups } from '../admin/list-groups.js';
import { keepOffsets } from '../offsets/keep-offsets.js';
import { age } from './fixtures/age.js';
import {
  GroupMaintenance,
  type GroupMaintenanceReport,
} from './group-maintenance.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const DAY = 86_400_000;
let db: Database;

beforeEach(async () => {
  db = database.open();
  await db.query(
    `delete from ${db.schema}.committed_offsets; delete from ${db.schema}.group_partitions;
    delete from ${db.schema}.group_members; delete from ${db.schema}.consumer_groups; delete from ${db.schema}.group_sessions`,
  );
});

function maintain(
  offsetsRetentionMs = 7 * DAY,
): Promise<GroupMaintenanceReport> {
  return new GroupMaintenance(db, { offsetsRetentionMs }).runOnce();
}

async function rowsOf(table: string): Promise<number> {
  const { rows } = await db.query(
    `select count(*)::int as count from ${db.schema}.${table}`,
  );
  return rows[0]?.count as number;
}

async function groupNames(): Promise<string[]> {
  return (await listGroups(db)).map(({ name }) => name);
}

describe('GroupMaintenance', () => {
  it('prunes offsets that later ones stand before, of all groups, and no others', async () => {
    await createTopic(db, { name: 'pruned', partitions: 3 });
    for (let n = 1n; n <= 5n; n += 1n)
      await commit(db, 'a', 'pruned', [n, n, null]);
    await commit(db, 'b', 'pruned', [7n]);
    const maintenance = new GroupMaintenance(db);
    expect(await maintenance.runOnce()).toEqual({
      prunedOffsets: 8,
      turns: 0,
      expiredOffsets: 0,
      forgottenPartitions: 0,
      deletedGroups: [],
      closedSessions: 0,
      busy: false,
    });
    expect(await rowsOf('committed_offsets')).toBe(3);
    expect(await offsetsOf(db, 'a')).toEqual(['pruned-0=5', 'pruned-1=5']);
    await commit(db, 'a', 'pruned', [6n]);
    expect(await maintenance.runOnce()).toMatchObject({ prunedOffsets: 1 });
    expect(await offsetsOf(db, 'b')).toEqual(['pruned-0=7']);
  });

  it('prunes in steps', async () => {
    await createTopic(db, { name: 'stepped', partitions: 2 });
    await commit(db, 'steps', 'stepped', [1n, 1n]);
    await db.query(
      `insert into ${db.schema}.committed_offsets (group_partition_id, number, committed_offset)
      select joined.id, number, number from ${db.schema}.group_partitions as joined, generate_series(2, 12001) as number`,
    );
    expect(await maintain()).toMatchObject({ prunedOffsets: 24_000 });
    expect(await rowsOf('committed_offsets')).toBe(2);
  });

  it('expires what a group without members has committed, counted from its last commit or its last member', async () => {
    await createTopic(db, { name: 'kept', partitions: 2 });
    for (const group of ['old', 'committed', 'left'])
      await commit(db, group, 'kept', [3n, 3n]);
    await age(db, 'old', { commits: 8, emptied: 8 });
    await age(db, 'committed', { commits: 8, emptied: 8 });
    await commit(db, 'committed', 'kept', [null, 4n]);
    await age(db, 'left', { commits: 8, emptied: 6 });
    expect(await maintain()).toMatchObject({
      expiredOffsets: 3,
      deletedGroups: ['old'],
    });
    expect(await offsetsOf(db, 'committed')).toEqual(['kept-1=4']);
    expect(await offsetsOf(db, 'left')).toHaveLength(2);
    expect(await maintain(5 * DAY)).toMatchObject({
      expiredOffsets: 2,
      deletedGroups: ['left'],
    });
    expect(await groupNames()).toEqual(['committed']);
  });

  it('keeps the offsets of a group that is to keep them, for ever', async () => {
    await createTopic(db, { name: 'ledger' });
    await db.transaction((tx) => keepOffsets(tx, 'books', true));
    await commit(db, 'books', 'ledger', [3n]);
    await age(db, 'books', { commits: 400, emptied: 400 });
    expect(await maintain()).toMatchObject({ expiredOffsets: 0 });
    expect(await offsetsOf(db, 'books')).toEqual(['ledger-0=3']);
    await db.transaction((tx) => keepOffsets(tx, 'books', false));
    expect(await maintain()).toMatchObject({ deletedGroups: ['books'] });
  });

  it('expires nothing that members subscribe to, and what they do not once they are settled', async () => {
    for (const name of ['wanted', 'unwanted']) await createTopic(db, { name });
    for (const group of ['named', 'patterned', 'unsettled']) {
      await commit(db, group, 'wanted', [1n]);
      await commit(db, group, 'unwanted', [1n]);
      const member = await addMember(db, group, {
        memberId: 'm',
        ...(group === 'patterned'
          ? { pattern: '^want' }
          : { topics: ['wanted'] }),
      });
      await giveTo(db, group, ['wanted', 0], { owner: member, target: member });
      await age(db, group, { commits: 30 });
    }
    await db.query(
      `update ${db.schema}.consumer_groups set epoch = 2 where name = 'unsettled'`,
    );
    expect(await maintain()).toMatchObject({
      expiredOffsets: 1,
      deletedGroups: [],
    });
    expect(await offsetsOf(db, 'named')).toEqual(['wanted-0=1']);
    expect(await offsetsOf(db, 'patterned')).toHaveLength(2);
    expect(await offsetsOf(db, 'unsettled')).toHaveLength(2);
  });

  it('deletes groups that nobody has used for long, and not those that somebody has just opened', async () => {
    await createTopic(db, { name: 'opened' });
    for (const group of ['fresh', 'stale', 'joined'])
      await giveTo(db, group, ['opened', 0], { owner: null, target: null });
    await addMember(db, 'joined', { memberId: 'm' });
    await age(db, 'stale', { emptied: 8 });
    expect(await maintain()).toMatchObject({ deletedGroups: ['stale'] });
    expect(await groupNames()).toEqual(['fresh', 'joined']);
  });

  it('forgets what groups have of deleted topics, once no member has it', async () => {
    for (const name of ['going', 'staying']) await createTopic(db, { name });
    for (const name of ['going', 'staying']) await commit(db, 'g', name, [2n]);
    const member = await addMember(db, 'busy', { memberId: 'm' });
    await giveTo(db, 'busy', ['going', 0], { owner: member, target: null });
    await deleteTopic(db, 'going');
    expect(await maintain()).toMatchObject({ forgottenPartitions: 1 });
    expect(await rowsOf('group_partitions')).toBe(2);
    expect(await rowsOf('committed_offsets')).toBe(1);
    expect(await offsetsOf(db, 'g')).toEqual(['staying-0=2']);
  });

  it('removes members and sessions of processes that were all killed', async () => {
    await createTopic(db, { name: 'orphaned' });
    const member = await addMember(db, 'orphans', {
      memberId: 'killed',
      topics: ['orphaned'],
      silentMs: 60_000,
      timeoutMs: 100,
    });
    await addMember(db, 'alive', { memberId: 'here' });
    const taken = { owner: member, target: member };
    await giveTo(db, 'orphans', ['orphaned', 0], taken);
    expect(await maintain()).toMatchObject({ turns: 1, closedSessions: 1 });
    expect(await listGroups(db)).toMatchObject([
      { name: 'alive', members: 1 },
      { name: 'orphans', state: 'EMPTY', emptiedAt: expect.any(Date) },
    ]);
    expect(await maintain()).toMatchObject({ turns: 0, closedSessions: 0 });
  });

  it('removes a static member that stays away', async () => {
    await createTopic(db, { name: 'awaited' });
    await addMember(db, 'static', {
      memberId: 'm',
      instanceId: 'i',
      isAway: true,
      silentMs: 46_000,
    });
    await addMember(db, 'static', {
      memberId: 'n',
      instanceId: 'j',
      isAway: true,
      silentMs: 10_000,
    });
    expect(await maintain()).toMatchObject({ turns: 1 });
    expect(await listGroups(db)).toMatchObject([{ members: 1 }]);
  });

  it('runs by itself until it is stopped', async () => {
    await createTopic(db, { name: 'timed' });
    await commit(db, 'timed', 'timed', [1n]);
    await commit(db, 'timed', 'timed', [2n]);
    const maintenance = new GroupMaintenance(db, { intervalMs: 10 });
    maintenance.start();
    maintenance.start();
    await waitFor(
      'the first to be pruned',
      async () => (await rowsOf('committed_offsets')) === 1,
    );
    await commit(db, 'timed', 'timed', [3n]);
    await waitFor(
      'the second to be pruned',
      async () => (await rowsOf('committed_offsets')) === 1,
    );
    await maintenance.stop();
    expect(await offsetsOf(db, 'timed')).toEqual(['timed-0=3']);
  });

  it.each(['offsetsRetentionMs', 'checkIntervalMs', 'intervalMs'])(
    'refuses a %s of zero',
    (name) => {
      expect(() => new GroupMaintenance(db, { [name]: 0 })).toThrow(
        expect.objectContaining({ code: 'INVALID_CONFIG' }),
      );
    },
  );
});
