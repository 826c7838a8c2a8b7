import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { addPartitions, createTopic } from '#log';
import { PostamtError } from '#kernel';
import { bind, type Database } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import { takeTurn } from '../coordinate/turn.js';
import { Membership } from '../membership/membership.js';
import type { MembershipOptions } from '../membership/membership-options.js';
import { changeSubscription } from '../sql/change-member.js';
import { ASSIGNORS } from '../assignors/assignors.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
/** It beats often, and would be waited for long. */
const PATIENT = { sessionTimeoutMs: 45_000, heartbeatIntervalMs: 200 };

describe('Members of whom an answer was lost', () => {
  it('leave when they have joined and nobody knows', async () => {
    const { db, options } = await open('joined', 2);
    const first = await Membership.join(db, options);
    loseNextAnswer(db);
    await expect(Membership.join(db, options)).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    });
    expect(await membersOf(db)).toBe(2);
    await waitFor('the other to be gone', async () => {
      await first.release(first.revoking);
      return (await membersOf(db)) === 1 && first.owned.length === 2;
    });
    await first.leave();
  });

  it('leave when they could not, and others of their process go on', async () => {
    const { db, options } = await open('stays', 2);
    const there = database.open();
    const leaving = await Membership.join(there, options);
    const staying = await Membership.join(there, { ...options, group: 'its' });
    const first = await Membership.join(db, options);
    refuseNext(there);
    await expect(leaving.leave()).rejects.toMatchObject({
      code: 'POSTGRES_UNAVAILABLE',
    });
    await waitFor('the first to have all', () => first.owned.length === 2);
    await Promise.all([first.leave(), staying.leave()]);
  });

  it('leave when they could not expire', async () => {
    const { db, options } = await open('expired', 2);
    const there = database.open();
    const stuck = await Membership.join(there, options);
    const first = await Membership.join(db, options);
    refuseNext(there);
    await expect(stuck.expire()).rejects.toMatchObject({
      code: 'POSTGRES_UNAVAILABLE',
    });
    await waitFor('the first to have all', () => first.owned.length === 2);
    await Promise.all([first.leave(), stuck.leave()]);
  });

  it('are noticed when their session was ended and they are still there', async () => {
    const { db, options } = await open('ended', 2);
    const there = database.open();
    const leaving = await Membership.join(there, options);
    const first = await Membership.join(db, options);
    refuseNext(there);
    await expect(leaving.leave()).rejects.toMatchObject({
      code: 'POSTGRES_UNAVAILABLE',
    });
    await waitFor('the first to have all', () => first.owned.length === 2);
    await first.leave();
  });

  it('are lost still when they could not see what they have, and can join again', async () => {
    const { db, options } = await open('unseen', 2);
    const member = await Membership.join(db, options);
    await db.query('delete from postamt.group_sessions');
    await waitFor('it to know', () => member.state === 'lost');
    failNextReading(db);
    await expect(member.rejoin()).rejects.toMatchObject({
      code: 'POSTGRES_UNAVAILABLE',
    });
    expect(member.state).toBe('lost');
    await member.rejoin();
    await waitFor('it to have all', () => member.owned.length === 2);
    await member.leave();
  });

  it('have left when they leave while they join again', async () => {
    const { db, options } = await open('again', 2);
    const member = await Membership.join(db, options);
    await db.query('delete from postamt.group_sessions');
    await waitFor('it to know', () => member.state === 'lost');
    await Promise.all([member.rejoin(), member.rejoin(), member.leave()]);
    expect(member.state).toBe('left');
    expect(await membersOf(db)).toBe(0);
    const { rows } = await db.query('select from postamt.group_sessions');
    expect(rows).toEqual([]);
  });
});

describe('A session whose turns do not go well', () => {
  it('beats while one is under way', async () => {
    const { db, options } = await open('slow', 1);
    const member = await Membership.join(db, options);
    const gate = Promise.withResolvers<void>();
    const transaction = db.transaction.bind(db);
    db.transaction = async (...given) => {
      await gate.promise;
      return transaction(...given);
    };
    await addPartitions(database.open(), 'slow', 2);
    const before = await lastBeat(db);
    await waitFor('a beat', async () => (await lastBeat(db)) > before);
    const then = await lastBeat(db);
    await waitFor('another one', async () => (await lastBeat(db)) > then);
    gate.resolve();
    await waitFor('its partition', () => member.owned.length === 2);
    await member.leave();
  });

  it('keeps its other groups going', async () => {
    const { db, options } = await open('bad', 1);
    await createTopic(db, { name: 'good', partitions: 1 });
    const bad = await Membership.join(db, options);
    const good = await Membership.join(db, {
      ...PATIENT,
      group: 'good',
      topics: ['good'],
    });
    // As by a process of another version of Node, whose patterns this one does not know.
    await db.run(changeSubscription, [bad.number, [], '(', '']);
    const { groupId } = good;
    const happening = bind(changeSubscription, [good.number, [], '.', '']);
    const turn = { groupId, observer: null, assignors: ASSIGNORS, happening };
    await takeTurn(database.open(), { ...turn, waits: true });
    await waitFor('the good one to hear', () => good.owned.length === 2);
    await db.run(changeSubscription, [bad.number, ['bad'], null, '']);
    await Promise.all([good.leave(), bad.leave()]);
  });
});

async function open(topic: string, partitions: number) {
  const db = database.open();
  await db.query(
    'update postamt.topics set deleted_at = now() where deleted_at is null',
  );
  await createTopic(db, { name: topic, partitions });
  const options: MembershipOptions = {
    ...PATIENT,
    group: topic,
    topics: [topic],
  };
  return { db, options };
}

async function membersOf(db: Database): Promise<number> {
  const { rows } = await db.query('select from postamt.group_members');
  return rows.length;
}

async function lastBeat(db: Database): Promise<Date> {
  const { rows } = await db.query(
    'select max(beat_at) as at from postamt.group_sessions',
  );
  return rows[0]?.at as Date;
}

/** The next transaction commits, and the connection is lost before anybody hears of it. */
function loseNextAnswer(db: Database): void {
  const transaction = db.transaction.bind(db);
  db.transaction = async (...given) => {
    db.transaction = transaction;
    await transaction(...given);
    throw new PostamtError('OUTCOME_UNKNOWN', 'the connection was lost');
  };
}

/** The server is out of reach for the next transaction. */
function refuseNext(db: Database): void {
  const transaction = db.transaction.bind(db);
  db.transaction = async () => {
    db.transaction = transaction;
    throw new PostamtError('POSTGRES_UNAVAILABLE', 'the server is gone');
  };
}

/** The server is out of reach for whoever looks next what he has. */
function failNextReading(db: Database): void {
  const runAside = db.runAside.bind(db);
  const failing: typeof runAside = async (statement, ...given) => {
    if (statement.name !== 'read_memberships')
      return runAside(statement, ...given);
    db.runAside = runAside;
    throw new PostamtError('POSTGRES_UNAVAILABLE', 'the server is gone');
  };
  db.runAside = failing;
}
