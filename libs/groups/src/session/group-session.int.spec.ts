import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createTopic } from '#log';
import type { Database } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import { Membership } from '../membership/membership.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const ROOT = join(import.meta.dirname, '../../../..');
/** It beats often, and would be waited for long. */
const PATIENT = { sessionTimeoutMs: 45_000, heartbeatIntervalMs: 200 };

describe('A session of group members', () => {
  it('beats once for all members of its process, and ends with the last of them', async () => {
    const { db, options } = await open('together', 4);
    const members = await Promise.all([
      Membership.join(db, { ...options, ...PATIENT }),
      Membership.join(db, { ...options, ...PATIENT, group: 'other' }),
      Membership.join(db, { ...options, ...PATIENT, group: 'third' }),
    ]);
    expect(await sessionsOf(db)).toHaveLength(1);
    const lastBeat = async () =>
      (await sessionsOf(db))[0]?.beat_at ?? new Date(0);
    const before = await lastBeat();
    await waitFor('a beat', async () => (await lastBeat()) > before);
    await Promise.all(members.slice(1).map((member) => member.leave()));
    expect(await sessionsOf(db)).toHaveLength(1);
    await members[0]?.leave();
    expect(await sessionsOf(db)).toHaveLength(0);
  });

  it('is noticed to be gone by its connection when its process is killed, long before its time-out', async () => {
    const { db, options } = await open('killed', 4);
    const first = await Membership.join(db, { ...options, ...PATIENT });
    const other = spawnMember({ ...options, ...PATIENT });
    await other.joined;
    await waitFor('it to have its share', async () => {
      await first.release(first.revoking);
      return first.owned.length === 2 && first.revoking.length === 0;
    });
    await waitFor('it to beat on a connection of its own', async () =>
      (await sessionsOf(db)).every(({ backend_pid }) => backend_pid),
    );
    await other.kill();
    await waitFor('the first to have all', () => first.owned.length === 4);
    await first.leave();
  });

  it('holds a static member for its time-out, although its connection is gone', async () => {
    const { db, options } = await open('kept', 4);
    const first = await Membership.join(db, { ...options, ...PATIENT });
    const other = spawnMember({
      ...options,
      ...PATIENT,
      groupInstanceId: 'kept',
    });
    await other.joined;
    await waitFor('it to have its share', async () => {
      await first.release(first.revoking);
      return first.owned.length === 2 && first.revoking.length === 0;
    });
    await other.kill();
    await waitFor('its session to be gone', async () => {
      const { rows } = await db.query(
        `select from postamt.group_sessions as other, postamt.group_sessions as own
        where postamt.session_state(other, own.id) = 'disconnected'`,
      );
      return rows.length === 1;
    });
    await first.resubscribe({ topics: ['kept'] });
    expect(first.owned).toHaveLength(2);
    const again = spawnMember({
      ...options,
      ...PATIENT,
      groupInstanceId: 'kept',
    });
    await again.joined;
    const { rows } = await db.query(
      `select count(*)::int as n from postamt.group_partitions as p
      join postamt.group_members as m on m.id = p.owner where m.instance_id = 'kept'`,
    );
    expect(rows).toEqual([{ n: 2 }]);
    expect(first.revoking).toEqual([]);
    await again.kill();
    await first.leave();
  });

  it('blames nobody for what he could not say while it could not either', async () => {
    const { db, options } = await open('outage', 2);
    const short = { sessionTimeoutMs: 60_000, heartbeatIntervalMs: 30_000 };
    const first = await Membership.join(db, { ...options, ...short });
    const second = await Membership.join(database.open(), {
      ...options,
      ...short,
    });
    // Nobody could reach the server for longer than the time-out; then one of them can again, before the other.
    await db.query(
      `update postamt.group_sessions set beat_at = clock_timestamp() - interval '2 minutes', backend_pid = null`,
    );
    db.wakeUps.mark([`g${first.groupId}`]);
    await waitFor('one to beat', async () =>
      (await sessionsOf(db)).some(({ fresh }) => fresh),
    );
    await first.resubscribe({ topics: ['outage'] });
    const { rows } = await db.query(
      `select from postamt.group_members where 'outage' = any (topics)`,
    );
    expect(rows).toHaveLength(2);
    await Promise.all([first.leave(), second.leave()]);
  });

  it('loses its members when the database knows it no more, and opens another one', async () => {
    const { db, options } = await open('forgotten', 2);
    const member = await Membership.join(db, { ...options, ...PATIENT });
    await db.query('delete from postamt.group_sessions');
    await waitFor('it to know', () => member.state === 'lost');
    await member.rejoin();
    await waitFor('its partitions', () => member.owned.length === 2);
    await member.leave();
    expect(await sessionsOf(db)).toHaveLength(0);
  });

  it('has nothing to say once its database is closed', async () => {
    const { db, options } = await open('closed', 2);
    await Membership.join(db, { ...options, ...PATIENT });
    await db.close();
    const after = database.open();
    await after.query('delete from postamt.group_members');
    await after.query('delete from postamt.group_sessions');
  });
});

async function open(topic: string, partitions: number) {
  const db = database.open();
  await createTopic(db, { name: topic, partitions });
  return { db, options: { group: topic, topics: [topic] } };
}

async function sessionsOf(db: Database) {
  const { rows } = await db.query(
    `select *, beat_at > clock_timestamp() - interval '1 minute' as fresh from postamt.group_sessions`,
  );
  return rows as { beat_at: Date; backend_pid: number; fresh: boolean }[];
}

function spawnMember(options: object) {
  const child = spawn(
    process.execPath,
    [
      '--conditions=postamt-source',
      '--import',
      './scripts/typescript-hooks.mjs',
      join(import.meta.dirname, 'fixtures/member-process.ts'),
      database.connectionString,
      JSON.stringify(options),
    ],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  return {
    joined: once(child.stdout, 'data'),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
