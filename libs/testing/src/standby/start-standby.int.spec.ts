import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { EmbeddedPostgres } from '#postgres';
import { startTestServer } from '../start-test-server.js';
import { waitFor } from '../wait-for.js';
import { onServer } from './on-server.js';
import { startStandby } from './start-standby.js';

let primary: EmbeddedPostgres;

beforeAll(async () => {
  primary = await startTestServer();
});
afterAll(async () => {
  await primary.stop();
});

function ask(connectionString: string, text: string) {
  return onServer(connectionString, async (db) => (await db.query(text)).rows);
}

async function untilRead(connectionString: string, count: number) {
  await waitFor(`${count} rows on the standby`, async () => {
    const [row] = await ask(
      connectionString,
      'select count(*)::int as n from told',
    );
    return row?.n === count;
  });
}

describe('A standby', () => {
  it('is shown by the primary by its name, gets what is written, keeps up after a kill and a pause, takes over, and is followed', async () => {
    await ask(primary.connectionString, 'create table told as select 1 as n');
    const standby = await startStandby(primary, { name: 'second' });
    const third = await startStandby(primary, { name: 'third' });
    await waitFor('the primary to show it', async () => {
      const [row] = await ask(
        primary.connectionString,
        `select array_agg(application_name::text order by application_name) as names
        from pg_stat_replication where state = 'streaming'`,
      );
      return String(row?.names) === 'second,third';
    });
    await untilRead(standby.connectionString, 1);

    await standby.kill();
    await ask(primary.connectionString, 'insert into told values (2)');
    await standby.start();
    await untilRead(standby.connectionString, 2);

    await standby.pause();
    await ask(primary.connectionString, 'insert into told values (3)');
    const before = await standby.flushedPosition();
    standby.resume();
    await untilRead(standby.connectionString, 3);
    expect(await standby.flushedPosition()).toBeGreaterThan(before);

    await primary.crash();
    await standby.promote();
    await ask(standby.connectionString, 'insert into told values (4)');
    await untilRead(standby.connectionString, 4);
    await third.follow(standby);
    await untilRead(third.connectionString, 4);
    await third.stop();
    const [row] = await ask(standby.connectionString, 'show data_directory');
    await standby.stop();
    expect(existsSync(dirname(row?.data_directory as string))).toBe(false);
    await primary.restart();
  });

  it('leaves no slot behind on a primary that goes on', async () => {
    const standby = await startStandby(primary, { name: 'short' });
    await standby.stop();
    const slots = await ask(
      primary.connectionString,
      `select slot_name from pg_replication_slots where slot_name = 'short'`,
    );
    expect(slots).toEqual([]);
  });

  it('is refused a name that would have to be quoted', async () => {
    await expect(startStandby(primary, { name: `a'b` })).rejects.toThrow(`a'b`);
  });
});
