import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import type { Client } from 'pg';
import { OutboxMaintenance } from '#outbox';
import type { Database } from '#postgres';
import { waitFor } from '#testing';
import { useStage } from '../use-stage.js';
import { drain } from './mover.js';
import { OutboxScene } from './outbox-scene.js';
import { relayMover } from './relay-mover.js';

const onStage = useStage({ beforeAll, beforeEach, afterEach, afterAll });

const TABLES = ['outbox_events', 'outbox_batches', 'outbox_cursors'];
/** More than an empty table takes: only then does the ring turn. */
const BALLAST_ROWS = 4_000;
const STILL_PENDING = `
  select from postamt.outbox where status <> 'PUBLISHED' limit 1`;

/** Cleans part 0, in steps between which an old transaction ends. */
type Cleaner = (client: Client, end: () => Promise<void>) => Promise<void>;

/** An old transaction has written into part 0, which everybody else has left; all they wrote is moved. */
async function oldWriter() {
  const scene = await OutboxScene.open(onStage());
  const mover = await relayMover(20_000)(scene);
  const old = await scene.begin();
  await old.publish('old');
  await scene.publishCommitted('new');
  await fillPart(scene.stage.db);
  await drain(mover);
  await turn(scene.stage.db);
  await scene.publishCommitted('new');
  await drain(mover);
  return { scene, mover, old };
}

/** Rows that an aborted transaction leaves take their place as well. */
async function fillPart(db: Database): Promise<void> {
  await expect(
    db.transaction(async (tx) => {
      await tx.query(
        `insert into postamt.outbox_events (event_id, shard, topic_number, timestamp, value)
        select gen_random_uuid(), 0, 1, 0, repeat('x', 200)::bytea from generate_series(1, ${BALLAST_ROWS})`,
      );
      throw new Error('never mind');
    }),
  ).rejects.toThrow('never mind');
}

/** Has the ring turn, and cleans what can be. */
async function turn(db: Database): Promise<void> {
  const maintenance = new OutboxMaintenance(db, { retentionMs: 1 });
  await waitFor(
    'the ring to turn',
    async () => (await maintenance.runOnce()).turned,
  );
}

async function rowsOfPart(db: Database, part: number): Promise<number> {
  const counts = TABLES.map(
    (table) => `(select count(*) from postamt.${table}_${part})`,
  );
  const { rows } = await db.query(`select (${counts.join(' + ')})::int as n`);
  return rows[0]?.n as number;
}

describe('a part cleaned while an old transaction still writes into it', () => {
  it('is left alone until that has ended and what it wrote is moved, and then is emptied', async () => {
    const { scene, mover, old } = await oldWriter();
    const { db } = scene.stage;
    const maintenance = new OutboxMaintenance(db, { retentionMs: 1 });
    const whileOpen = await maintenance.runOnce();
    expect(whileOpen).toMatchObject({ cleaned: [], busy: [0] });
    await old.publish('old');
    await old.commit();
    expect(await maintenance.runOnce()).toMatchObject({ cleaned: [] });
    await drain(mover);
    expect(await scene.violations()).toEqual([]);
    await waitFor('part 0 to be cleaned', async () =>
      (await maintenance.runOnce()).cleaned.includes(0),
    );
    expect(await rowsOfPart(db, 0)).toBe(0);
    await scene.publishCommitted('old', 'new');
    await drain(mover);
    expect(await scene.violations()).toEqual([]);
  });

  it('is left alone while a prepared transaction has written into it', async () => {
    const { scene, mover, old } = await oldWriter();
    await old.prepare('old');
    const maintenance = new OutboxMaintenance(scene.stage.db, {
      retentionMs: 1,
    });
    expect(await maintenance.runOnce()).toMatchObject({ busy: [0] });
    await old.commitPrepared('old');
    await maintenance.runOnce();
    await drain(mover);
    expect(await scene.violations()).toEqual([]);
  });

  it.each<[string, Cleaner]>([
    ['checks before it has the lock', checksFirst],
    ['checks in the snapshot from before it had the lock', checksByOldSnapshot],
  ])('catches a naive cleaner that %s', async (_, clean) => {
    const { scene, mover, old } = await oldWriter();
    await clean(await scene.stage.client(), () => old.commit());
    await drain(mover);
    const broken = (await scene.violations()).map(({ rule }) => rule);
    expect(new Set(broken)).toEqual(new Set(['lost']));
  });
});

async function checksFirst(
  client: Client,
  end: () => Promise<void>,
): Promise<void> {
  const { rows } = await client.query(STILL_PENDING);
  expect(rows).toEqual([]);
  await whileWaiting(client, 'truncate postamt.outbox_events_0', end);
}

async function checksByOldSnapshot(
  client: Client,
  end: () => Promise<void>,
): Promise<void> {
  await client.query('begin isolation level repeatable read');
  await client.query('select');
  const lock = 'lock table postamt.outbox_events_0 in access exclusive mode';
  await whileWaiting(client, lock, end);
  expect((await client.query(STILL_PENDING)).rows).toEqual([]);
  await client.query('truncate postamt.outbox_events_0');
  await client.query('commit');
}

/** Sends a statement, does `act` when that waits for a lock, and waits for it. */
async function whileWaiting(
  client: Client,
  text: string,
  act: () => Promise<void>,
): Promise<void> {
  const { rows } = await client.query('select pg_backend_pid() as pid');
  const under = client.query(text);
  await waitFor('the cleaner to wait', async () => {
    const waiting = await onStage().db.query(
      'select from pg_locks where pid = $1 and not granted',
      [rows[0]?.pid],
    );
    return waiting.rows.length > 0;
  });
  await act();
  await under;
}
