import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestServer, TestDatabase, waitFor } from '#testing';
import type { Database } from './database.js';
import type { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import { bind, defineStatement } from './statement.js';
import type { Tx } from './tx.js';

// A cluster that waits for a standby which never comes: COMMIT with synchronous_commit = on stands in SyncRep for ever.
let server: EmbeddedPostgres;
let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  server = await startTestServer();
  database = await TestDatabase.create(server.connectionString);
  db = database.open();
  await db.query('create table effects (id int)');
  await db.query(`alter system set synchronous_standby_names = 'ghost'`);
  await db.query('select pg_reload_conf()');
  await waitFor('COMMIT to wait for the standby', isWaitedFor);
});
afterAll(async () => {
  await db.close();
  await server.stop();
});

const insertRow = defineStatement<[id: number]>({
  name: 'insert_row',
  text: () => 'insert into effects values ($1)',
});
const waitForStandby = defineStatement<[]>({
  name: 'wait_for_standby',
  text: () => `select set_config('synchronous_commit', 'on', true)`,
});

const WAYS: Record<string, (tx: Tx, id: number) => Promise<unknown>> = {
  'by itself': async (tx, id) => {
    await tx.run(waitForStandby, []);
    await tx.run(insertRow, [id]);
  },
  'in a flight': (tx, id) =>
    tx.writeAndCommit([bind(waitForStandby, []), bind(insertRow, [id])]),
};

/** Whether a COMMIT waits for the standby already: the checkpointer has to hear of the setting first. */
async function isWaitedFor(): Promise<boolean> {
  let outcome: 'not waited' | 'waited' | undefined;
  const probing = db
    .transaction(async (tx) => {
      await tx.run(waitForStandby, []);
      await tx.run(insertRow, [0]);
    })
    .then(
      () => (outcome = 'not waited'),
      () => (outcome = 'waited'),
    );
  await waitFor('the probe to end', async () => {
    await db.query(
      `select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'`,
    );
    return outcome;
  });
  return (await probing) === 'waited';
}

async function onWaiter(act: string): Promise<void> {
  await waitFor('a COMMIT that waits for the standby', async () => {
    const { rows } = await db.query(
      `select ${act} as done from pg_stat_activity where wait_event = 'SyncRep'`,
    );
    return rows.length > 0;
  });
}

async function isThere(id: number): Promise<boolean> {
  return db.transaction(async (tx) => {
    await tx.query('set local synchronous_commit = local');
    const { rows } = await tx.query('select id from effects where id = $1', [
      id,
    ]);
    return rows.length > 0;
  });
}

const UNKNOWN = { code: 'OUTCOME_UNKNOWN', retriable: false };

describe.each(Object.entries(WAYS))('A COMMIT, %s,', (way, write) => {
  const flies = way === 'in a flight';
  const begin = (id: number, hook: () => void = () => {}) =>
    db
      .transaction(
        (tx) => {
          tx.onCommit(hook);
          return write(tx, id);
        },
        { writer: flies },
      )
      .then(
        () => undefined,
        (error: unknown) => error,
      );
  const idOf = (n: number) => n + (flies ? 10 : 0);

  it('that was cancelled while it waited for a standby is OUTCOME_UNKNOWN', async () => {
    let hooked = false;
    const failure = begin(idOf(1), () => (hooked = true));
    await onWaiter('pg_cancel_backend(pid)');
    expect(await failure).toMatchObject(UNKNOWN);
    expect(hooked).toBe(false);
    expect(await isThere(idOf(1))).toBe(true);
  });

  it('whose session was ended is OUTCOME_UNKNOWN', async () => {
    const failure = begin(idOf(2));
    await onWaiter('pg_terminate_backend(pid)');
    expect(await failure).toMatchObject(UNKNOWN);
    expect(await isThere(idOf(2))).toBe(true);
  });

  it('whose server was killed is OUTCOME_UNKNOWN, and the next one works once the server is back', async () => {
    const failure = begin(idOf(3));
    await onWaiter('pid');
    await server.crash();
    expect(await failure).toMatchObject(UNKNOWN);
    await expect(db.query('select 1')).rejects.toMatchObject({
      code: 'POSTGRES_UNAVAILABLE',
      retriable: true,
    });
    await server.restart();
    await waitFor('the server', () => isThere(idOf(3)));
  });

  it('of ours does not wait for a standby', async () => {
    const statement = bind(insertRow, [idOf(4)]);
    await db.transaction((tx) => tx.writeAndCommit([statement]), {
      writer: flies,
    });
    expect(await isThere(idOf(4))).toBe(true);
  });
});
