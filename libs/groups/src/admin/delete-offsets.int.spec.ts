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
import { Membership } from '../membership/membership.js';
import { deleteGroups } from './delete-groups.js';
import { deleteOffsets, type DeleteOffsetsRequest } from './delete-offsets.js';
import {
  addMember,
  commit,
  giveTo,
  topicWith,
} from './fixtures/handmade-group.js';
import { everythingOf, offsetsOf } from './fixtures/offsets-of.js';
import { listGroups } from './list-groups.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
let db: Database;

beforeEach(() => {
  db = database.open();
});

/** A dry run, which must change nothing, and the real one, which must report the same. */
async function twice<Report>(
  act: (options: { dryRun: boolean }) => Promise<Report>,
): Promise<Report> {
  const before = await everythingOf(db);
  const planned = await act({ dryRun: true });
  expect(await everythingOf(db)).toEqual(before);
  const done = await act({ dryRun: false });
  expect(done).toEqual(planned);
  return done;
}

/** The code with which both are refused, without a trace. */
async function refusal(request: DeleteOffsetsRequest): Promise<unknown> {
  return twice((options) =>
    deleteOffsets(db, request, options).then(
      () => 'done',
      (error: { code: string }) => error.code,
    ),
  );
}

describe('deleteOffsets', () => {
  it('deletes what is committed in the partitions that are named', async () => {
    await topicWith(db, 'kept', 3, { partitions: 3 });
    await commit(db, 'del', 'kept', [1n, 2n]);
    await commit(db, 'del', 'kept', [2n]);
    const topics = [{ topic: 'kept', partitions: [0, 2] }];
    const report = await twice((options) =>
      deleteOffsets(db, { group: 'del', topics }, options),
    );
    expect(report).toEqual({
      group: 'del',
      partitions: [
        { topic: 'kept', partition: 0, before: 2n },
        { topic: 'kept', partition: 2, before: null },
      ],
    });
    expect(await offsetsOf(db, 'del')).toEqual(['kept-1=2']);
    await twice((options) =>
      deleteOffsets(db, { group: 'del', topics: 'all' }, options),
    );
    expect(await offsetsOf(db, 'del')).toEqual([]);
  });

  it('refuses a topic that a member subscribes to, by name or pattern, or has still', async () => {
    await topicWith(db, 'by-name', 3);
    await topicWith(db, 'by-pattern', 3);
    await topicWith(db, 'revoked', 3);
    await topicWith(db, 'former', 3);
    for (const topic of ['by-name', 'by-pattern', 'revoked', 'former'])
      await commit(db, 'subscribed', topic, [1n]);
    const number = await addMember(db, 'subscribed', {
      memberId: 'a',
      topics: ['by-name'],
    });
    await addMember(db, 'subscribed', { memberId: 'b', pattern: '^by-p' });
    const leaving = { owner: number, target: null };
    await giveTo(db, 'subscribed', ['revoked', 0], leaving);
    const of = (topic: string) =>
      refusal({ group: 'subscribed', topics: [{ topic }] });
    expect(await of('by-name')).toBe('GROUP_SUBSCRIBED_TO_TOPIC');
    expect(await of('by-pattern')).toBe('GROUP_SUBSCRIBED_TO_TOPIC');
    expect(await of('revoked')).toBe('GROUP_SUBSCRIBED_TO_TOPIC');
    const topics = [{ topic: 'former' }];
    await twice((options) =>
      deleteOffsets(db, { group: 'subscribed', topics }, options),
    );
    expect(await offsetsOf(db, 'subscribed')).toHaveLength(3);
  });

  it('refuses groups and topics that are not there', async () => {
    await createTopic(db, { name: 'there' });
    const topics = [{ topic: 'there' }];
    expect(await refusal({ group: 'nobody', topics })).toBe(
      'GROUP_ID_NOT_FOUND',
    );
    expect(await refusal({ group: 'x', topics: [{ topic: 'y' }] })).toBe(
      'UNKNOWN_TOPIC_OR_PARTITION',
    );
    expect(await refusal({ group: 'x', topics: [] })).toBe('INVALID_VALUE');
  });
});

describe('deleteGroups', () => {
  it('deletes those that have no members, and says why the others stay', async () => {
    await topicWith(db, 'grouped', 3, { partitions: 3 });
    await commit(db, 'gone', 'grouped', [1n, null, 2n]);
    await commit(db, 'stays', 'grouped', [1n]);
    await addMember(db, 'stays', {
      memberId: 'm',
      isAway: true,
      instanceId: 'i',
    });
    const report = await twice((options) =>
      deleteGroups(db, ['gone', 'stays', 'nobody', 'gone'], options).then(
        (deleted) =>
          deleted.map((each) => ({ ...each, error: each.error?.code })),
      ),
    );
    expect(report).toEqual([
      { group: 'gone', offsets: 2 },
      { group: 'stays', offsets: 0, error: 'NON_EMPTY_GROUP' },
      { group: 'nobody', offsets: 0, error: 'GROUP_ID_NOT_FOUND' },
    ]);
    const names = (await listGroups(db)).map(({ name }) => name);
    expect(names).toContain('stays');
    expect(names).not.toContain('gone');
    const { rows } = await db.query(
      `select from ${db.schema}.committed_offsets where group_partition_id not in (select id from ${db.schema}.group_partitions)`,
    );
    expect(rows).toEqual([]);
  });

  it('deletes a group of more partitions than one transaction may lock', async () => {
    await createTopic(db, { name: 'broad', partitions: 1_005 });
    const offsets = Array.from({ length: 1_005 }, (_, n) => n < 900);
    const some = (wanted: boolean) =>
      offsets.map((is) => (is === wanted ? 0n : null));
    await commit(db, 'broad', 'broad', some(true));
    await commit(db, 'broad', 'broad', some(false));
    expect(await deleteGroups(db, ['broad'])).toEqual([
      { group: 'broad', offsets: 1_005 },
    ]);
    expect(await deleteGroups(db, ['broad'])).toMatchObject([
      { error: { code: 'GROUP_ID_NOT_FOUND' } },
    ]);
  });

  it('gives way to members that join at once, or they make the group again', async () => {
    await topicWith(db, 'rejoined', 3);
    const other = database.open();
    for (let round = 0; round < 10; round += 1) {
      await commit(db, 'rejoined', 'rejoined', [1n]);
      const [membership] = await Promise.all([
        Membership.join(other, { group: 'rejoined', topics: ['rejoined'] }),
        deleteGroups(db, ['rejoined']),
      ]);
      await waitFor(
        'it to have its partition',
        () => membership.owned.length > 0,
      );
      await membership.leave();
    }
    expect(await deleteGroups(db, ['rejoined'])).toMatchObject([
      { group: 'rejoined' },
    ]);
  });
});
