import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import {
  Catalogue,
  createTopic,
  deleteRecords,
  deleteTopic,
  partitionOf,
} from '#log';
import type { Database } from '#postgres';
import { useDatabase } from '#testing';
import { joinPartitions } from '../group-partition.js';
import { describeGroup } from './describe-group.js';
import {
  addMember,
  commit,
  giveTo,
  topicWith,
} from './fixtures/handmade-group.js';
import { listGroups } from './list-groups.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const HOUR = 3_600_000;
let db: Database;

beforeEach(() => {
  db = database.open();
});

describe('describeGroup', () => {
  it('tells the lag in records and the age of the oldest unread record', async () => {
    const timestamp = Date.now() - HOUR;
    await topicWith(db, 'lagging', 7, { partitions: 4, timestamp });
    await commit(db, 'lags', 'lagging', [3n, 4n, 7n]);
    const { partitions, ...group } = await describeGroup(db, 'lags');
    expect(group).toMatchObject({
      name: 'lags',
      state: 'EMPTY',
      generation: 0,
      members: [],
      emptiedAt: expect.any(Date),
    });
    const known = { topic: 'lagging', logStartOffset: 0n, logEndOffset: 7n };
    expect(partitions).toMatchObject([
      { ...known, partition: 0, committedOffset: 3n, lag: 4n, owner: null },
      { ...known, partition: 1, committedOffset: 4n, lag: 3n },
      {
        ...known,
        partition: 2,
        committedOffset: 7n,
        lag: 0n,
        lagMs: null,
        committedGeneration: -1,
        metadata: 'mine',
        committedAt: expect.any(Date),
      },
    ]);
    const [first, inside] = partitions.map(({ lagMs }) => Number(lagMs));
    expect(first).toBeGreaterThanOrEqual(HOUR - 3);
    // One record of a millisecond later, and the same clock.
    expect((first as number) - (inside as number)).toBe(1);
  });

  it('counts from the log start where what was committed is gone', async () => {
    const timestamp = Date.now() - HOUR;
    await topicWith(db, 'cut', 6, { timestamp });
    await commit(db, 'cut', 'cut', [1n]);
    const before = await describeGroup(db, 'cut');
    await deleteRecords(db, new Catalogue(db), [
      { topic: 'cut', partition: 0, before: 5n },
    ]);
    const after = await describeGroup(db, 'cut');
    expect(after.partitions).toMatchObject([{ logStartOffset: 5n, lag: 5n }]);
    const [older, newer] = [before, after].map(({ partitions }) =>
      Number(partitions[0]?.lagMs),
    );
    // Four records of a millisecond each, less what went by between the two looks.
    expect(newer as number).toBeGreaterThanOrEqual((older as number) - 4);
  });

  it('shows the error of a partition that cannot be read, and never no lag', async () => {
    await topicWith(db, 'sound', 3);
    await topicWith(db, 'broken', 3);
    await commit(db, 'half', 'sound', [0n]);
    await commit(db, 'half', 'broken', [1n]);
    const { leaf } = await new Catalogue(db).topic('broken');
    await db.query(
      `update ${db.schema}.${leaf} set batch = set_byte(batch, 70, get_byte(batch, 70) # 255)`,
    );
    const damaged = await describeGroup(db, 'half');
    expect(damaged.partitions).toMatchObject([
      { lag: 2n, lagMs: null, error: { code: 'CORRUPT_MESSAGE' } },
      { topic: 'sound', lag: 3n, lagMs: expect.any(Number) },
    ]);
    await db.query(`drop table ${db.schema}.${leaf}`);
    const { partitions } = await describeGroup(db, 'half');
    expect(partitions).toMatchObject([
      {
        topic: 'broken',
        committedOffset: 1n,
        logEndOffset: null,
        lag: null,
        lagMs: null,
        error: { code: 'STALE_LEAF' },
      },
      { topic: 'sound', lag: 3n },
    ]);
  });

  it('tells members, what they own, give up and wait for, and who is away', async () => {
    await topicWith(db, 'shared', 3, { partitions: 4 });
    await commit(db, 'team', 'shared', [1n]);
    const a = await addMember(db, 'team', {
      memberId: 'member-a',
      clientId: 'a',
      topics: ['shared'],
      silentMs: 3_000,
    });
    const b = await addMember(db, 'team', {
      memberId: 'member-b',
      clientId: 'b',
      instanceId: 'b-1',
      pattern: '^sha',
      isAway: true,
      silentMs: 20_000,
    });
    await giveTo(db, 'team', ['shared', 0], { owner: a, target: a });
    await giveTo(db, 'team', ['shared', 1], { owner: a, target: b });
    await giveTo(db, 'team', ['shared', 2], { owner: null, target: b });
    const { state, members, partitions } = await describeGroup(db, 'team');
    expect(state).toBe('RECONCILING');
    const shared = (partition: number) => ({ topic: 'shared', partition });
    expect(members).toMatchObject([
      {
        memberId: 'member-a',
        instanceId: null,
        host: 'host-1',
        condition: 'here',
        owned: [shared(0), shared(1)],
        revoking: [shared(1)],
        awaiting: [],
      },
      {
        memberId: 'member-b',
        instanceId: 'b-1',
        pattern: '/^sha/',
        condition: 'away',
        owned: [],
        awaiting: [shared(1), shared(2)],
      },
    ]);
    expect(members[0]?.lastBeatMs).toBeGreaterThanOrEqual(3_000);
    expect(members[1]?.lastBeatMs).toBeGreaterThanOrEqual(20_000);
    expect(partitions).toMatchObject([
      { ...shared(0), committedOffset: 1n, lag: 2n, owner: { clientId: 'a' } },
      { ...shared(1), committedOffset: null, lag: null, lagMs: null },
      { ...shared(2), logEndOffset: 3n, owner: null },
    ]);
  });

  it('leaves topics out that were deleted, and does not know groups that are not there', async () => {
    await topicWith(db, 'going', 3);
    await commit(db, 'stays', 'going', [1n]);
    await deleteTopic(db, 'going');
    expect(await describeGroup(db, 'stays')).toMatchObject({ partitions: [] });
    await expect(describeGroup(db, 'nobody')).rejects.toMatchObject({
      code: 'GROUP_ID_NOT_FOUND',
    });
  });

  it('takes a handful of statements for a thousand partitions', async () => {
    const timestamp = Date.now() - HOUR;
    for (let n = 0; n < 10; n += 1)
      await createTopic(db, { name: `wide-${n}`, partitions: 99 });
    await topicWith(db, 'deep', 3, { partitions: 10, timestamp });
    const all = Array.from({ length: 99 }, () => 0n);
    for (let n = 0; n < 10; n += 1) await commit(db, 'wide', `wide-${n}`, all);
    await commit(db, 'wide', 'deep', all.slice(0, 10));
    await db.query('create extension if not exists pg_stat_statements');
    await db.query('select pg_stat_statements_reset()');
    const { partitions } = await describeGroup(db, 'wide');
    const { rows } = await db.query(
      `select sum(calls)::int as calls from pg_stat_statements
      where dbid = (select oid from pg_database where datname = current_database()) and query not ilike '%pg_stat_%'`,
    );
    expect(partitions).toHaveLength(1_000);
    expect(partitions.filter(({ lagMs }) => Number(lagMs) > 0)).toHaveLength(
      10,
    );
    expect(rows[0]?.calls).toBeLessThanOrEqual(24);
  });
});

describe('listGroups', () => {
  it('lists groups with their state and their topics', async () => {
    await topicWith(db, 'listed-a', 3);
    await topicWith(db, 'listed-b', 3);
    await commit(db, 'list-empty', 'listed-b', [1n]);
    await commit(db, 'list-empty', 'listed-a', [1n]);
    const number = await addMember(db, 'list-stable', { memberId: 'm' });
    await giveTo(db, 'list-stable', ['listed-a', 0], {
      owner: number,
      target: number,
    });
    const { id } = partitionOf(await new Catalogue(db).topic('listed-a'), 0);
    await joinPartitions(db, 'list-new', [id]);
    const groups = await listGroups(db);
    expect(groups.filter(({ name }) => name.startsWith('list-'))).toMatchObject(
      [
        {
          name: 'list-empty',
          state: 'EMPTY',
          members: 0,
          topics: ['listed-a', 'listed-b'],
        },
        { name: 'list-new', state: 'EMPTY', topics: [] },
        {
          name: 'list-stable',
          state: 'STABLE',
          members: 1,
          topics: ['listed-a'],
          emptiedAt: null,
        },
      ],
    );
  });
});
