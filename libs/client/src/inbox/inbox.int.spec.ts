import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import { Pool, type PoolClient } from 'pg';
import { Outbox, Relay } from '#outbox';
import type { EmbeddedPostgres } from '#postgres';
import { startTestServer, TestDatabase, waitFor } from '#testing';
import { SpawnedProcess } from '../producer/fixtures/spawned-process.js';
import { numbers } from './fixtures/numbers-topic.js';
import { Inbox } from './inbox.js';

// Days are opened by what is open in the cluster: it has one of its own.
let server: EmbeddedPostgres;
let database: TestDatabase;
let pool: Pool;
const inbox = new Inbox();

/** Sets the database's clock, in days since 1970. */
async function setDay(day: number) {
  await pool.query(
    `create or replace function postamt_inbox.inbox_today() returns int language sql as 'select ${day}'`,
  );
}

/** A client in a transaction, ended with the test. */
async function begin(options = ''): Promise<PoolClient> {
  const client = await pool.connect();
  open.push(client);
  await client.query(`begin ${options}`);
  return client;
}
const open: PoolClient[] = [];

/** Handles a message with an effect of its own. */
const handle = (tx: PoolClient, id: string, effect = id) =>
  inbox.once(tx, 'copier', id, async () => {
    await tx.query('insert into effects (name) values ($1)', [effect]);
  });

/** Handles a message in a transaction of its own. */
async function handleAlone(id: string) {
  const tx = await pool.connect();
  try {
    await tx.query('begin');
    const outcome = await handle(tx, id);
    await tx.query('commit');
    return outcome;
  } finally {
    tx.release();
  }
}

async function effects(): Promise<string[]> {
  const { rows } = await pool.query('select name from effects order by name');
  return rows.map((row: { name: string }) => row.name);
}

async function isWaiting(client: PoolClient): Promise<boolean> {
  const { processID } = client as unknown as { processID: number };
  const { rows } = await pool.query(
    'select wait_event_type from pg_stat_activity where pid = $1',
    [processID],
  );
  return rows[0]?.wait_event_type === 'Lock';
}

/** Opens the next day, as nothing is in its way. */
async function nextDay(day: number) {
  await setDay(day);
  expect(await inbox.clean(pool)).toBe('opened');
}

beforeAll(async () => {
  server = await startTestServer();
});
beforeEach(async () => {
  database = await TestDatabase.createEmpty(server.connectionString);
  pool = new Pool({ connectionString: database.connectionString });
  // A pool has said goodbye before the server has: the database may be dropped in between.
  pool.on('error', () => {});
  await pool.query('create table effects (name text not null)');
  await Inbox.install(pool);
  await setDay(100);
  await pool.query('update postamt_inbox.inbox_ring set day = 100');
});
afterEach(async () => {
  for (const client of open.splice(0)) {
    await client.query('rollback').catch(() => {});
    client.release();
  }
  await pool.end();
  await database.drop();
});
afterAll(async () => {
  await server.stop();
});

describe('Inbox.once', () => {
  it('has the effects once, whoever brings the message again', async () => {
    expect(await handleAlone('m1')).toBe('handled');
    expect(await handleAlone('m1')).toBe('duplicate');
    expect(await effects()).toEqual(['m1']);
  });

  it('keeps consumers apart', async () => {
    const tx = await begin();
    expect(await inbox.once(tx, 'a', 'm1', () => {})).toBe('handled');
    expect(await inbox.once(tx, 'b', 'm1', () => {})).toBe('handled');
    expect(await inbox.once(tx, 'a', 'm1', () => {})).toBe('duplicate');
  });

  it('has a second handler of one message wait for the first: a duplicate where that commits', async () => {
    const [first, second] = [await begin(), await begin()];
    expect(await handle(first, 'm1', 'first')).toBe('handled');
    const outcome = handle(second, 'm1', 'second');
    await waitFor('the second', () => isWaiting(second));
    await first.query('commit');
    expect(await outcome).toBe('duplicate');
    await second.query('commit');
    expect(await effects()).toEqual(['first']);
  });

  it('has a second handler of one message do the work where the first rolls back', async () => {
    const [first, second] = [await begin(), await begin()];
    expect(await handle(first, 'm1', 'first')).toBe('handled');
    const outcome = handle(second, 'm1', 'second');
    await waitFor('the second', () => isWaiting(second));
    await first.query('rollback');
    expect(await outcome).toBe('handled');
    await second.query('commit');
    expect(await effects()).toEqual(['second']);
  });

  it('leaves nothing of a transaction that rolled back, and handles the message when it comes again', async () => {
    const tx = await begin();
    await handle(tx, 'm1');
    await tx.query('rollback');
    const { rows } = await pool.query(
      'select from postamt_inbox.inbox_messages',
    );
    expect(rows).toHaveLength(0);
    expect(await handleAlone('m1')).toBe('handled');
    expect(await effects()).toEqual(['m1']);
  });

  it.each(['an error of its own', 'an error of the database'])(
    'undoes effects and id of a handler that throws %s, also where the caller commits',
    async (kind) => {
      const tx = await begin();
      const failed = inbox.once(tx, 'copier', 'm1', async () => {
        await tx.query(`insert into effects (name) values ('half')`);
        if (kind === 'an error of its own') throw new Error('not now');
        await tx.query('select 1 / 0');
      });
      await expect(failed).rejects.toThrow(/not now|division by zero/);
      await tx.query('commit');
      expect(await handleAlone('m1')).toBe('handled');
      expect(await effects()).toEqual(['m1']);
    },
  );

  it('refuses a transaction whose snapshot is older than what it waits for', async () => {
    const tx = await begin('isolation level repeatable read');
    await expect(handle(tx, 'm1')).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
    });
  });

  it('works in a Kysely transaction, and refuses what is no transaction', async () => {
    const kysely = new Kysely({
      dialect: new PostgresDialect({
        pool: new Pool({ connectionString: database.connectionString }),
      }),
    });
    const outcome = await kysely.transaction().execute((tx) =>
      inbox.once(tx, 'copier', 'm1', async () => {
        await tx.executeQuery(
          CompiledQuery.raw(`insert into effects values ('k')`),
        );
      }),
    );
    expect(outcome).toBe('handled');
    expect(await effects()).toEqual(['k']);
    for (const given of [pool, kysely, null, 7]) {
      await expect(
        inbox.once(given as never, 'copier', 'm2', () => {}),
      ).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    }
    await kysely.destroy();
  });

  it('refuses ids that are none, and keeps odd ones apart', async () => {
    const tx = await begin();
    for (const id of [null, undefined, '', 'a\0', '\ud800'])
      await expect(handle(tx, id as never)).rejects.toMatchObject({
        code: 'INVALID_VALUE',
      });
    const odd = [
      "'; --",
      ' a',
      'a',
      'A',
      'a ',
      'é',
      'e\u0301',
      'x'.repeat(999),
    ];
    for (const id of odd) expect(await handle(tx, id)).toBe('handled');
    for (const id of odd) expect(await handle(tx, id)).toBe('duplicate');
  });

  it('says what to do where there is no inbox', async () => {
    const nowhere = new Inbox({ schema: 'nowhere' });
    const tx = await begin();
    await expect(
      nowhere.once(tx, 'copier', 'm1', () => {}),
    ).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('Inbox.install'),
    });
  });
});

describe('the ring of days', () => {
  it('knows a message on every day of its retention, and then reuses its part', async () => {
    await inbox.clean(pool);
    await handleAlone('m1');
    for (let day = 101; day <= 107; day += 1) {
      await nextDay(day);
      const tx = await begin();
      expect(await handle(tx, 'm1')).toBe('duplicate');
      await tx.query('rollback');
      expect(await inbox.clean(pool)).toBe('current');
    }
    for (let day = 108; day <= 111; day += 1) await nextDay(day);
    const { rows } = await pool.query(
      'select from postamt_inbox.inbox_messages',
    );
    expect(rows).toHaveLength(0);
  });

  it('has handlers of one message share a part across midnight', async () => {
    await inbox.clean(pool);
    const before = await begin();
    expect(await handle(before, 'm1', 'before')).toBe('handled');
    await nextDay(101);
    const after = await begin();
    const outcome = handle(after, 'm1', 'after');
    await waitFor('the later one', () => isWaiting(after));
    await before.query('commit');
    expect(await outcome).toBe('duplicate');
    await after.query('commit');
    expect(await effects()).toEqual(['before']);
  });

  it('opens no second day while a transaction is open that knows only the one before', async () => {
    await inbox.clean(pool);
    const old = await begin();
    await handle(old, 'm1');
    await nextDay(101);
    await setDay(102);
    expect(await inbox.clean(pool)).toBe('waiting');
    await setDay(120);
    expect(await inbox.clean(pool)).toBe('waiting');
    const second = await begin();
    const outcome = handle(second, 'm1');
    await waitFor('the second', () => isWaiting(second));
    await old.query('commit');
    expect(await outcome).toBe('duplicate');
    await second.query('commit');
    expect(await inbox.clean(pool)).toBe('opened');
  });

  it('would handle a message twice if it did (the rule, broken)', async () => {
    await inbox.clean(pool);
    const old = await begin();
    await handle(old, 'm1');
    for (const day of [101, 102]) {
      await setDay(day);
      await inbox.clean(pool);
      await pool.query(`update postamt_inbox.inbox_ring set known_from = '3'`);
      await inbox.clean(pool);
    }
    expect(await handleAlone('m1')).toBe('handled');
    await old.query('commit');
    expect(await effects()).toEqual(['m1', 'm1']);
  });

  it('turns by itself where claims come first in their transactions', async () => {
    for (let day = 100; day < 130; day += 1) {
      await setDay(day);
      for (let n = 0; n < 3; n += 1) await handleAlone(`m${day}-${n}`);
    }
    const { rows } = await pool.query(
      `select count(*)::int as messages, count(distinct part)::int as parts,
         min(message_id) as oldest from postamt_inbox.inbox_messages`,
    );
    expect(rows[0].parts).toBeGreaterThanOrEqual(9);
    expect(rows[0].messages).toBeLessThanOrEqual(10 * 2 * 3);
    expect(rows[0].oldest > 'm115').toBe(true);
  });

  it('empties no part that somebody reads, and stalls nobody by trying', async () => {
    await inbox.clean(pool);
    await handleAlone('m1');
    const reader = await begin();
    await reader.query('select from postamt_inbox.inbox_messages');
    await setDay(101);
    expect(await inbox.clean(pool)).toBe('waiting');
    expect(await handleAlone('m2')).toBe('handled');
    await reader.query('rollback');
    expect(await inbox.clean(pool)).toBe('opened');
  });

  it('does not go back with the clock', async () => {
    await inbox.clean(pool);
    await handleAlone('m1');
    await nextDay(101);
    await inbox.clean(pool);
    await setDay(50);
    expect(await inbox.clean(pool)).toBe('current');
    expect(await handleAlone('m1')).toBe('duplicate');
  });

  it('has exactly one winner of many, while days go by', async () => {
    const ids = Array.from({ length: 30 }, (_, n) => `m${n}`);
    let day = 100;
    const turning = (async () => {
      for (; day < 112; day += 1) {
        await setDay(day);
        await inbox.clean(pool);
      }
    })();
    const worker = async () => {
      const client = await pool.connect();
      for (const id of ids) {
        await client.query('begin');
        await handle(client, id);
        await client.query('commit');
      }
      client.release();
    };
    await Promise.all([turning, ...[1, 2, 3, 4].map(worker)]);
    expect(await effects()).toEqual([...ids].sort());
  });
});

describe('Inbox.install', () => {
  it('may be run again, by several at once, and for a longer retention', async () => {
    await handleAlone('m1');
    const options = { retentionDays: 30 };
    await Promise.all([1, 2, 3].map(() => Inbox.install(pool, options)));
    await setDay(101);
    expect(await handleAlone('m1')).toBe('duplicate');
    const { rows } = await pool.query('select from postamt_inbox.inbox_parts');
    expect(rows).toHaveLength(33);
  });

  it.each([true, false])(
    'needs no more rights of those who handle messages than the docs say; to truncate: %s',
    async (mayTruncate) => {
      const tables = 'all tables in schema postamt_inbox';
      await inbox.clean(pool);
      await pool.query(`create role handler;
        grant usage on schema postamt_inbox to handler;
        grant select, insert on ${tables} to handler;
        grant update on postamt_inbox.inbox_ring, postamt_inbox.inbox_parts to handler;
        ${mayTruncate ? `grant truncate on ${tables} to handler` : ''}`);
      await setDay(101);
      const tx = await begin();
      await tx.query('set local role handler');
      expect(await inbox.once(tx, 'copier', 'm1', () => {})).toBe('handled');
      expect(await inbox.once(tx, 'copier', 'm1', () => {})).toBe('duplicate');
      const { rows } = await tx.query(
        'select day from postamt_inbox.inbox_ring',
      );
      expect(rows).toEqual([{ day: mayTruncate ? 101 : 100 }]);
      await tx.query('rollback');
      await pool.query('drop owned by handler; drop role handler');
    },
  );

  it('refuses a retention that is none', () => {
    for (const retentionDays of [0, 91, 1.5, Number.NaN])
      expect(() => Inbox.sql({ retentionDays })).toThrow('retentionDays');
  });
});

describe('Inbox.wrap', () => {
  it('has effects once of a record whose process was killed between its effects and its offset', async () => {
    await pool.query('create table copies (n int not null)');
    const log = await TestDatabase.create(server.connectionString);
    const db = log.open();
    const outbox = await Outbox.open(db, [numbers]);
    await db.transaction((tx) =>
      outbox.publish(tx, numbers, [{ value: { n: 1 } }, { value: { n: 2 } }]),
    );
    const relay = new Relay(db);
    relay.start();
    await waitFor('the relay', () => relay.status.moved === 2);
    await relay.stop();
    const run = (...options: string[]) =>
      new SpawnedProcess('../../inbox/fixtures/inbox-process.ts', [
        log.connectionString,
        database.connectionString,
        ...options,
      ]);
    const killed = run('stall');
    await waitFor('the effects', () => {
      if (killed.errors) throw new Error(killed.errors);
      return killed.lines.includes('committed 0');
    });
    await killed.kill();
    const next = run();
    await waitFor('both records', () => next.lines.length === 2);
    next.say('end\n');
    expect(await next.ended).toBe(0);
    expect(next.lines).toEqual(['committed 0', 'committed 1']);
    const { rows } = await pool.query('select n from copies order by n');
    expect(rows).toEqual([{ n: 1 }, { n: 2 }]);
    await log.drop();
  });
});
