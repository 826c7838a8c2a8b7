import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Outbox } from '#outbox';
import type { Database } from '#postgres';
import { defineTopic } from '#schemas';
import { readLog, useDatabase, waitFor } from '#testing';
import { SpawnedRelay } from './fixtures/spawned-relay.js';

const relays: SpawnedRelay[] = [];

// Declared before the database's own hook, which looks for connections that are left.
afterEach(async () => {
  for (const relay of relays) relay.kill('SIGKILL');
  await Promise.all(relays.splice(0).map((relay) => relay.ended));
});

const database = useDatabase({ beforeAll, afterEach, afterAll });

const letters = defineTopic('letters', {
  value: {
    type: 'record',
    name: 'Letter',
    fields: [{ name: 'n', type: 'int' }],
  },
});

/** Starts a relay that does not outlive its test. */
function spawnRelay(env: NodeJS.ProcessEnv = {}): SpawnedRelay {
  const relay = new SpawnedRelay({
    DATABASE_URL: database.connectionString,
    ...env,
  });
  relays.push(relay);
  return relay;
}

/** A port that nobody listens on. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function publish(db: Database, n: number): Promise<void> {
  const outbox = await Outbox.open(db, [letters]);
  await db.transaction((tx) =>
    outbox.publish(tx, letters, { key: 'k', value: { n } }),
  );
}

async function statuses(db: Database): Promise<unknown[]> {
  const { rows } = await db.query(
    'select status from postamt.outbox order by id',
  );
  return rows.map((row) => row.status);
}

describe('the relay as a process', () => {
  it('moves events, says that it is well, and ends with 0 when told to', async () => {
    const db = database.open();
    await publish(db, 1);
    const relay = spawnRelay({ POSTAMT_RELAY_ID: 'first' });
    await relay.logged('relay is ready');
    await waitFor('the event to be moved', async () =>
      (await statuses(db)).every((status) => status === 'PUBLISHED'),
    );
    const answer = await relay.ask('/health');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answer.json()).toEqual({
      status: 'ok',
      relay: {
        id: 'first',
        state: 'running',
        moved: 1,
        parked: 0,
        failures: 0,
      },
      postgres: 'ok',
    });
    const { rows } = await db.query(
      'select distinct application_name as name from pg_stat_activity where application_name like $1',
      ['postamt-relay%'],
    );
    expect(rows).toEqual([{ name: 'postamt-relay:first' }]);
    expect(await relay.stop()).toEqual({ code: 0, stderr: '' });
  });

  it('serves metrics of the outbox and of itself, for Prometheus', async () => {
    const db = database.open();
    const relay = spawnRelay({ POSTAMT_RELAY_ID: 'measured' });
    await relay.logged('relay is ready');
    await publish(db, 9);
    const metrics = await waitFor('the relay to count', async () => {
      const answer = await relay.ask('/metrics');
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toContain('version=0.0.4');
      const text = await answer.text();
      const moved = 'postamt_relay_moved_events_total{relay="measured"} 1';
      const pending = '\npostamt_outbox_pending_events 0\n';
      return text.includes(moved) && text.includes(pending) && text;
    });
    for (const line of [
      'postamt_outbox_up 1',
      'postamt_outbox_pending_events 0',
      'postamt_outbox_oldest_pending_seconds 0',
      'postamt_outbox_delayed_events 0',
      'postamt_outbox_parked_events 0',
      'postamt_outbox_parked_keys 0',
      'postamt_outbox_failed_keys 0',
      'postamt_relay_failures_total{relay="measured"} 0',
      'postamt_postgres_oldest_prepared_transaction_seconds 0',
    ])
      expect(metrics.split('\n')).toContain(line);
    expect(await relay.stop()).toEqual({ code: 0, stderr: '' });
  });

  it('waits for a Postgres that is not there, says so, and ends with 0 when told to', async () => {
    const port = await deadPort();
    const relay = spawnRelay({
      DATABASE_URL: `postgres://user:secret@127.0.0.1:${port}/app`,
    });
    await relay.logged('waiting for Postgres');
    const answer = await relay.ask('/health?from=probe');
    expect(answer.status).toBe(503);
    const health = await answer.text();
    expect(JSON.parse(health)).toMatchObject({
      status: 'failing',
      reason: expect.stringContaining('ECONNREFUSED'),
      relay: { state: 'stopped', moved: 0 },
      postgres: 'failing',
    });
    expect(health).not.toContain('secret');
    expect((await relay.ask('/')).status).toBe(404);
    const posted = await relay.ask('/health', { method: 'POST' });
    expect(posted.status).toBe(405);
    expect(posted.headers.get('allow')).toBe('GET, HEAD');
    expect((await relay.ask('/health', { method: 'HEAD' })).status).toBe(503);
    const metrics = await (await relay.ask('/metrics')).text();
    expect(metrics).toContain('\npostamt_outbox_up 0\n');
    expect(metrics).not.toContain('\npostamt_outbox_pending_events ');
    expect(await relay.stop()).toEqual({ code: 0, stderr: '' });
  });

  it('moves what was published just before it was stopped once: then, or by the next relay', async () => {
    const db = database.open();
    const before = await statuses(db);
    const relay = spawnRelay();
    await relay.logged('relay is ready');
    await publish(db, 2);
    expect(await relay.stop()).toEqual({ code: 0, stderr: '' });
    const next = spawnRelay();
    await next.logged('relay is ready');
    await waitFor('every event to be moved', async () => {
      const all = await statuses(db);
      return (
        all.length === before.length + 1 &&
        all.every((status) => status === 'PUBLISHED')
      );
    });
    expect((await next.stop()).code).toBe(0);
    const values = (await readLog(db, 'letters')).map((record) =>
      record.value?.toString('hex'),
    );
    expect(values).toHaveLength(before.length + 1);
    expect(new Set(values).size).toBe(values.length);
  });

  it('finishes the move that is under way', async () => {
    const db = database.open();
    await publish(db, 3);
    const relay = await db.transaction(async (tx) => {
      await tx.lock('partition', await partitionIds(db));
      const relay = spawnRelay();
      await waitFor('a move to wait for the partition', () => isWaiting(db));
      relay.kill('SIGTERM');
      await relay.logged('relay is stopping');
      return relay;
    });
    expect(await relay.ended).toEqual({ code: 0, stderr: '' });
    expect(new Set(await statuses(db))).toEqual(new Set(['PUBLISHED']));
  });

  it('leaves at once at a second signal', async () => {
    const db = database.open();
    await publish(db, 4);
    await db.transaction(async (tx) => {
      await tx.lock('partition', await partitionIds(db));
      const relay = spawnRelay();
      await waitFor('a move to wait for the partition', () => isWaiting(db));
      relay.kill('SIGTERM');
      await relay.logged('relay is stopping');
      expect((await relay.stop()).code).toBe(1);
    });
  });

  it.each([
    [
      'a schema that is not there',
      { POSTAMT_SCHEMA: 'nowhere' },
      'SCHEMA_TOO_OLD: schema nowhere lacks the migrations 000001, 000002-breaking, 000003-breaking, 000004, 000005, 000006-breaking; run `postamt migrate`',
    ],
    [
      'no database',
      { DATABASE_URL: '' },
      'INVALID_CONFIG: no database is given: set DATABASE_URL to postgres://user:password@host:port/database',
    ],
  ])('ends with 1 and a line on stderr for %s', async (_, env, words) => {
    const { code, stderr } = await spawnRelay(env).ended;
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `postamt-relay: ${words}\n`,
    });
  });
});

async function partitionIds(db: Database): Promise<number[]> {
  const { rows } = await db.query('select id from postamt.partitions');
  return rows.map((row) => row.id as number);
}

/** Whether a session of a relay waits for a lock. */
async function isWaiting(db: Database): Promise<boolean> {
  const { rows } = await db.query(
    "select 1 from pg_stat_activity where application_name like 'postamt-relay:%' and wait_event_type = 'Lock'",
  );
  return rows.length > 0;
}
