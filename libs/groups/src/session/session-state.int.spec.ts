import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { createTopic } from '#log';
import type { Database } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import { Membership } from '../membership/membership.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

/** Seconds before now; negative = a clock that was put back since. */
interface Observer {
  readonly unbrokenFor: number;
  readonly connectedFor: number;
}

const LONG_THERE: Observer = { unbrokenFor: 3_600, connectedFor: 3_600 };

describe('The state of a session', () => {
  // Nobody is blamed for what he missed before that.
  beforeAll(async () => {
    const db = database.open();
    await waitFor(
      'the server to be up for longer than a time-out',
      async () => {
        const { rows } = await db.query(
          `select from pg_postmaster_start_time() as at where at < now() - interval '6 seconds'`,
        );
        return rows.length > 0;
      },
    );
    await db.close();
  });

  it.each([
    ['alive', 'it has beaten in time', 0.2, LONG_THERE],
    ['disconnected', 'its connection is gone, and a beat', 2, LONG_THERE],
    ['timed-out', 'it was silent for its time-out', 6, LONG_THERE],
    [
      'alive',
      'whoever asks has only just got a connection himself, as after a failover',
      2,
      { unbrokenFor: 3_600, connectedFor: 0.2 },
    ],
    [
      'alive',
      'whoever asks is new, and knows of no outage before him',
      6,
      { unbrokenFor: 0.2, connectedFor: 0.2 },
    ],
    [
      'disconnected',
      'whoever asks is new, and has waited for as long',
      6,
      { unbrokenFor: 2, connectedFor: 2 },
    ],
    ['timed-out', 'the clock was put back since it beat', -3_600, LONG_THERE],
  ] as const)('is %s where %s', async (state, _, silentFor, observer) => {
    const db = database.open();
    const own = await observe(db, observer);
    const other = await silent(db, silentFor);
    expect(await stateOf(db, other, own)).toBe(state);
    await db.query('delete from postamt.group_sessions');
  });

  it('is alive for its own process, whatever it has missed', async () => {
    const db = database.open();
    const own = await silent(db, 50);
    expect(await stateOf(db, own, own)).toBe('alive');
    await db.query('delete from postamt.group_sessions');
  });

  it('is left to the time-out by whoever has no session himself', async () => {
    const db = database.open();
    expect(await stateOf(db, await silent(db, 2), null)).toBe('alive');
    expect(await stateOf(db, await silent(db, 6), null)).toBe('timed-out');
    await db.query('delete from postamt.group_sessions');
  });

  it('does not stand in the future once the clock was put back', async () => {
    const db = database.open();
    await createTopic(db, { name: 'put-back', partitions: 1 });
    const member = await Membership.join(db, {
      group: 'put-back',
      topics: ['put-back'],
      heartbeatIntervalMs: 100,
    });
    await db.query(
      `update postamt.group_sessions
      set beat_at = beat_at + interval '1 hour', unbroken_since = unbroken_since + interval '1 hour'`,
    );
    await waitFor('both to be past', async () => {
      const { rows } = await db.query(
        `select from postamt.group_sessions where greatest(beat_at, unbroken_since) > clock_timestamp()`,
      );
      return rows.length === 0;
    });
    await member.leave();
  });
});

async function observe(
  db: Database,
  { unbrokenFor, connectedFor }: Observer,
): Promise<string> {
  const { rows } = await db.query(
    `insert into postamt.group_sessions (timeout_ms, interval_ms, host, unbroken_since, backend_pid, backend_start)
    select 4500, 1000, 'here', clock_timestamp() - $1 * interval '1 second', pg_backend_pid(),
      clock_timestamp() - $2 * interval '1 second'
    returning id`,
    [unbrokenFor, connectedFor],
  );
  return rows[0]?.id as string;
}

/** Its session of the server is gone: there is none of that number. */
async function silent(db: Database, seconds: number): Promise<string> {
  const { rows } = await db.query(
    `insert into postamt.group_sessions (timeout_ms, interval_ms, host, beat_at, backend_pid, backend_start)
    values (4500, 1000, 'there', clock_timestamp() - $1 * interval '1 second', 0, now()) returning id`,
    [seconds],
  );
  return rows[0]?.id as string;
}

async function stateOf(
  db: Database,
  session: string,
  observer: string | null,
): Promise<string> {
  const { rows } = await db.query(
    `select postamt.session_state(session, $2) as state from postamt.group_sessions as session where id = $1`,
    [session, observer],
  );
  return rows[0]?.state as string;
}
