import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { Listener } from '#client';
import { Outbox, Relay } from '#outbox';
import { type EmbeddedPostgres } from '#postgres';
import { defineTopic } from '#schemas';
import { startTestServer, TestDatabase, waitFor } from '#testing';

const quiet = defineTopic('quiet', { partitions: 6, value: 'string' });
const WATCHED_MS = 20_000;

let server: EmbeddedPostgres;
let database: TestDatabase;

beforeAll(async () => {
  server = await startTestServer({
    shared_preload_libraries: 'pg_stat_statements',
  });
  database = await TestDatabase.create(server.connectionString);
});
afterAll(async () => {
  await database.drop();
  await server.stop();
});

describe('Waiting', () => {
  it('costs an idle relay and an idle group of three a handful of statements a minute, and a process one connection', async () => {
    const admin = new Client(database.connectionString);
    await admin.connect();
    await admin.query('create extension pg_stat_statements');
    const db = database.open({ applicationName: 'idle' });
    const outbox = await Outbox.open(db, [quiet]);
    const relay = new Relay(db);
    relay.start();
    let seen = 0;
    const members = [0, 1, 2].map(
      () =>
        new Listener(db, {
          topic: quiet,
          group: 'idle',
          handler: () => void (seen += 1),
        }),
    );
    for (const member of members) await member.start();
    await db.transaction((tx) =>
      outbox.publish(tx, quiet, { key: 'k', value: 'x' }),
    );
    await waitFor('the event to arrive', () => seen === 1);
    const connections = async () => {
      const { rows } = await admin.query(
        `select count(*)::int as n from pg_stat_activity where application_name = 'idle'`,
      );
      return rows[0].n as number;
    };
    await waitFor(
      'connections to be closed',
      async () => (await connections()) === 1,
    );

    await admin.query('select pg_stat_statements_reset()');
    await delay(WATCHED_MS);
    const { rows } = await admin.query(
      `select query, calls::int from pg_stat_statements
      where dbid = (select oid from pg_database where datname = current_database()) and query not like '%pg_stat_%'`,
    );
    const calls = rows.reduce((sum, row) => sum + (row.calls as number), 0);
    // A relay, a handful a minute; and a heartbeat every five seconds for all members together.
    expect({ calls, rows }).toMatchObject({ calls: expect.any(Number) });
    expect(calls).toBeLessThanOrEqual(8);
    expect(await connections()).toBeLessThanOrEqual(2);

    await Promise.all([
      relay.stop(),
      ...members.map((member) => member.stop()),
    ]);
    await admin.end();
    expect(await database.close()).toEqual([]);
  }, 90_000);
});
