import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Catalogue, createTopic, deleteRecords } from '#log';
import type { Database } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import type { ResetTarget } from './decide-reset.js';
import { describeGroup } from './describe-group.js';
import {
  addMember,
  commit,
  giveTo,
  topicWith,
} from './fixtures/handmade-group.js';
import { everythingOf, offsetsOf } from './fixtures/offsets-of.js';
import { sessionsWaiting } from './fixtures/sessions-waiting.js';
import { resetOffsets, type ResetRequest } from './reset-offsets.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const HOUR = 3_600_000;
let db: Database;

beforeEach(() => {
  db = database.open();
});

/** A dry run, which must change nothing, and the real one, which must report the same. */
async function resetTwice(request: ResetRequest) {
  const before = await everythingOf(db);
  const planned = await resetOffsets(db, request, { dryRun: true });
  expect(await everythingOf(db)).toEqual(before);
  const done = await resetOffsets(db, request);
  // By duration, time goes by between the two.
  expect(done).toEqual(planned);
  return done;
}

/** The code with which the dry run and the real one are refused, both without a trace. */
async function refusal(request: ResetRequest): Promise<string> {
  const before = await everythingOf(db);
  const codes: string[] = [];
  for (const dryRun of [true, false])
    await resetOffsets(db, request, { dryRun }).catch(
      (error: { code: string; message: string }) =>
        codes.push(`${error.code}: ${error.message}`),
    );
  expect(await everythingOf(db)).toEqual(before);
  expect(codes).toHaveLength(2);
  const [dry = '', real = ''] = codes;
  const seconds = /count for \d+ s/;
  expect(dry.replace(seconds, '')).toBe(real.replace(seconds, ''));
  return real;
}

describe('resetOffsets', () => {
  it('puts every partition where it is told, limited to what the log has', async () => {
    const timestamp = Date.now() - HOUR;
    await topicWith(db, 'doors', 6, { partitions: 2, timestamp });
    await deleteRecords(db, new Catalogue(db), [
      { topic: 'doors', partition: 1, before: 2n },
    ]);
    await commit(db, 'board', 'doors', [1n, 5n]);
    const topics = [{ topic: 'doors' }];
    const to = async (target: ResetTarget) => {
      const report = await resetTwice({ group: 'board', topics, to: target });
      expect(report).toMatchObject({ group: 'board', created: false });
      return report.partitions.map(
        ({ before, after, limitedTo }) =>
          `${before}→${after}${limitedTo ? ` ${limitedTo}` : ''}`,
      );
    };
    expect(await to('earliest')).toEqual(['1→0', '5→2']);
    expect(await to('latest')).toEqual(['0→6', '2→6']);
    expect(await to({ offset: 1n })).toEqual(['6→1', '6→2 log-start']);
    expect(await to({ offset: 7n })).toEqual(['1→6 log-end', '2→6 log-end']);
    expect(await to({ shiftBy: -4n })).toEqual(['6→2', '6→2']);
    expect(await to({ shiftBy: -1n })).toEqual(['2→1', '2→2 log-start']);
    expect(await to({ time: timestamp + 4 })).toEqual(['1→4', '2→4']);
    expect(await to({ time: timestamp + HOUR * 2 })).toEqual([
      '4→6 log-end',
      '4→6 log-end',
    ]);
    expect(await to({ duration: 2 * HOUR })).toEqual(['6→0', '6→2']);
    expect(await to({ duration: HOUR / 2 })).toEqual([
      '0→6 log-end',
      '2→6 log-end',
    ]);
    const [partition] = (await describeGroup(db, 'board')).partitions;
    expect(partition).toMatchObject({ committedGeneration: -1, metadata: '' });
  });

  it('makes a group that is not there, and resets named partitions only', async () => {
    await topicWith(db, 'made', 3, { partitions: 3 });
    const topics = [{ topic: 'made', partitions: [2, 0, 2] }];
    const report = await resetTwice({ group: 'new', topics, to: 'latest' });
    expect(report).toEqual({
      group: 'new',
      created: true,
      partitions: [0, 2].map((partition) => ({
        topic: 'made',
        partition,
        before: null,
        after: 3n,
        limitedTo: null,
      })),
    });
    expect(await offsetsOf(db, 'new')).toEqual(['made-0=3', 'made-2=3']);
  });

  it('takes for all topics those in which something is committed', async () => {
    await topicWith(db, 'all-a', 3, { partitions: 2 });
    await topicWith(db, 'all-b', 3);
    await createTopic(db, { name: 'all-c' });
    await commit(db, 'everything', 'all-a', [null, 1n]);
    await commit(db, 'everything', 'all-b', [2n]);
    await giveTo(db, 'everything', ['all-c', 0], { owner: null, target: null });
    const request = { group: 'everything', topics: 'all', to: 'earliest' };
    await resetTwice(request as ResetRequest);
    expect(await offsetsOf(db, 'everything')).toEqual([
      'all-a-1=0',
      'all-b-0=0',
    ]);
  });

  it('refuses what cannot be done, for all partitions or none', async () => {
    await topicWith(db, 'strict', 3, { partitions: 2 });
    await commit(db, 'strict', 'strict', [1n]);
    const topics = [{ topic: 'strict' }];
    const base: ResetRequest = { group: 'strict', topics, to: 'latest' };
    const codes = [
      await refusal({ ...base, to: { shiftBy: 1n } }),
      await refusal({ ...base, topics: [{ topic: 'nowhere' }] }),
      await refusal({
        ...base,
        topics: [{ topic: 'strict', partitions: [2] }],
      }),
      await refusal({ ...base, topics: [] }),
      await refusal({ ...base, group: '' }),
      await refusal({ ...base, to: { duration: -1 } }),
      await refusal({ ...base, to: { time: 0.5 } }),
    ].map((words) => words.split(':')[0]);
    expect(codes).toEqual([
      'INVALID_VALUE',
      'UNKNOWN_TOPIC_OR_PARTITION',
      'UNKNOWN_TOPIC_OR_PARTITION',
      'INVALID_VALUE',
      'INVALID_GROUP_ID',
      'INVALID_VALUE',
      'INVALID_VALUE',
    ]);
  });

  it('refuses more partitions than one transaction may lock', async () => {
    await createTopic(db, { name: 'wide', partitions: 1_001 });
    const topics = [{ topic: 'wide' }];
    expect(await refusal({ group: 'w', topics, to: 'latest' })).toMatch(
      /^NOT_SUPPORTED: .* 1001 partitions .* at most 1000/,
    );
  });

  it('refuses a group with members, also while a static one is away, and says for how long', async () => {
    await topicWith(db, 'busy', 3);
    const topics = [{ topic: 'busy' }];
    const request: ResetRequest = { group: 'busy', topics, to: 'latest' };
    await addMember(db, 'busy', { memberId: 'm', clientId: 'web' });
    expect(await refusal(request)).toMatch(
      /^NON_EMPTY_GROUP: group busy has members \(web\).* for \d\d s more at most$/,
    );
    await db.query(`delete from ${db.schema}.group_members`);
    await addMember(db, 'busy', {
      memberId: 'm',
      clientId: 'web',
      instanceId: 'w-1',
      isAway: true,
      silentMs: 30_000,
    });
    expect(await refusal(request)).toMatch(
      /\(web w-1, away\).* for 1[0-5] s more at most$/,
    );
  });

  it('removes members whose process was killed long ago, which nobody else may do', async () => {
    await topicWith(db, 'orphaned', 3);
    const member = await addMember(db, 'orphaned', {
      memberId: 'killed',
      topics: ['orphaned'],
      silentMs: 60_000,
      timeoutMs: 100,
    });
    const taken = { owner: member, target: member };
    await giveTo(db, 'orphaned', ['orphaned', 0], taken);
    const topics = [{ topic: 'orphaned' }];
    await resetTwice({ group: 'orphaned', topics, to: 'latest' });
    expect(await describeGroup(db, 'orphaned')).toMatchObject({
      state: 'EMPTY',
      members: [],
    });
  });

  it('waits for whoever commits without being a member, and counts from what he has committed', async () => {
    await topicWith(db, 'held', 9);
    await commit(db, 'held', 'held', [1n]);
    const reset = await db.transaction(async (tx) => {
      const { rows } = await tx.query(
        `select id from ${db.schema}.group_partitions order by id desc limit 1`,
      );
      await tx.lock('groupPartition', [rows[0]?.id as number]);
      const resetting = resetOffsets(database.open(), {
        group: 'held',
        topics: 'all',
        to: { shiftBy: 1n },
      });
      await waitFor(
        'the reset to wait',
        async () => (await sessionsWaiting(db)) === 1,
      );
      await tx.query(
        `insert into ${db.schema}.committed_offsets (group_partition_id, number, committed_offset) values ($1, 2, 5)`,
        [rows[0]?.id],
      );
      // Not awaited by the transaction, or it would wait for itself.
      return { resetting };
    });
    expect((await reset.resetting).partitions).toMatchObject([
      { before: 5n, after: 6n },
    ]);
  });
});
