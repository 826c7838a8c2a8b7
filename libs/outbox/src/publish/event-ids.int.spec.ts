import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { Database } from '#postgres';
import { defineTopic } from '#schemas';
import { useDatabase, waitFor } from '#testing';
import { Outbox } from './outbox.js';
import type { OutboxEvent, PublishOptions } from './outbox-event.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const letters = defineTopic('letters', { value: 'string' });
type Letters = OutboxEvent<string, string>[];

async function writers(count: number): Promise<Client[]> {
  const clients = Array.from(
    { length: count },
    () => new Client(database.connectionString),
  );
  for (const client of clients) {
    await client.connect();
    await client.query('begin');
  }
  return clients;
}

async function end(clients: readonly Client[]): Promise<void> {
  await Promise.all(clients.map((client) => client.end()));
}

/** Publishes and commits. */
async function publish(
  db: Database,
  events: Letters,
  options?: PublishOptions,
) {
  const outbox = await Outbox.open(db, [letters]);
  return db.transaction((tx) => outbox.publish(tx, letters, events, options));
}

async function countOf(db: Database, ids: readonly string[]) {
  const { rows } = await db.query(
    `select
      (select count(*)::int from postamt.outbox_events where event_id = any ($1)) as events,
      (select count(*)::int from postamt.outbox_event_ids where event_id = any ($1)) as claims`,
    [ids],
  );
  return rows[0];
}

async function someoneWaits(db: Database): Promise<void> {
  await waitFor('a session to wait for a transaction', async () => {
    const { rows } = await db.query(
      "select 1 from pg_stat_activity where wait_event = 'transactionid' and datname = current_database()",
    );
    return rows.length > 0;
  });
}

/** The next generation, as maintenance turns to it: what it forgets is what stood in the part that it takes. */
async function turn(db: Database): Promise<void> {
  const { rows } = await db.query(
    'select last_value + 1 as next from postamt.outbox_id_generation',
  );
  const next = BigInt(rows[0]?.next as string);
  await db.query(`truncate postamt.outbox_event_ids_${next % 3n}`);
  await db.query("select setval('postamt.outbox_id_generation', $1)", [next]);
}

describe('an id of the caller', () => {
  it('is refused the second time, names itself, writes nothing of the call and burns no other id of it', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [letters]);
    const [known, other] = [randomUUID(), randomUUID()];
    await publish(db, [{ id: known, value: 'x' }]);
    await db.transaction(async (tx) => {
      const again = outbox.publish(tx, letters, [
        { id: other, value: 'y' },
        { id: known.toUpperCase(), value: 'y' },
        { value: 'y' },
      ]);
      await expect(again).rejects.toMatchObject({
        code: 'DUPLICATE_EVENT_ID',
        retriable: false,
        message: expect.stringMatching(new RegExp(`^(?!.*${other}).*${known}`)),
      });
    });
    expect(await countOf(db, [known])).toEqual({ events: 1, claims: 2 });
    expect(await countOf(db, [other])).toEqual({ events: 0, claims: 0 });
    expect(await publish(db, [{ id: other, value: 'y' }])).toEqual([
      { id: other, duplicate: false },
    ]);
  });

  it('is left out where duplicates are ignored, and the answer says which', async () => {
    const db = database.open();
    const [known, other] = [randomUUID(), randomUUID()];
    await publish(db, [{ id: known, value: 'x' }]);
    const events = [
      { id: known, value: 'y' },
      { id: other, value: 'y' },
      { id: other, value: 'z' },
      { value: 'y' },
    ];
    const published = await publish(db, events, { onDuplicate: 'ignore' });
    expect(published.map(({ duplicate }) => duplicate)).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(await countOf(db, [known, other])).toMatchObject({ events: 2 });
  });

  it('is a duplicate when it is given twice in one call, which is told before any SQL', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [letters]);
    const id = randomUUID();
    const sent: string[] = [];
    const executor = {
      query: async (text: string) => {
        sent.push(text);
        return { rows: [] };
      },
    };
    const twice = [
      { id, value: 'x' },
      { id: id.toUpperCase(), value: 'y' },
    ];
    const publishing = outbox.publish(executor, letters, twice);
    await expect(publishing).rejects.toMatchObject({
      code: 'DUPLICATE_EVENT_ID',
      message: expect.stringContaining(id),
    });
    const otherwise = outbox.publish(executor, letters, twice, {
      onDuplicate: 'update' as never,
    });
    await expect(otherwise).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    expect(sent).toEqual([]);
  });

  it('is free again after a ROLLBACK, also to a savepoint, and a duplicate within its own transaction', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [letters]);
    const event = { id: randomUUID(), value: 'x' };
    const failing = db.transaction(async (tx) => {
      await outbox.publish(tx, letters, event);
      throw new Error('boom');
    });
    await expect(failing).rejects.toThrow('boom');
    await db.transaction(async (tx) => {
      await tx.query('savepoint before');
      await outbox.publish(tx, letters, event);
      await tx.query('rollback to before');
      await outbox.publish(tx, letters, event);
      await expect(outbox.publish(tx, letters, event)).rejects.toMatchObject({
        code: 'DUPLICATE_EVENT_ID',
      });
    });
    expect(await countOf(db, [event.id])).toEqual({ events: 1, claims: 2 });
  });

  it.each([
    ['commit', true],
    ['rollback', false],
  ])(
    'makes a second transaction with it wait for the first: after its %s, duplicate is %s',
    async (ending, duplicate) => {
      const db = database.open();
      const outbox = await Outbox.open(db, [letters]);
      const [first, second] = (await writers(2)) as [Client, Client];
      const event = { id: randomUUID(), value: 'x' };
      await outbox.publish(first, letters, event);
      const waiting = outbox.publish(second, letters, event, {
        onDuplicate: 'ignore',
      });
      await someoneWaits(db);
      await first.query(ending);
      expect(await waiting).toEqual([{ id: event.id, duplicate }]);
      await second.query('commit');
      expect(await countOf(db, [event.id])).toMatchObject({ events: 1 });
      await end([first, second]);
    },
  );

  it('keeps two calls that name the same ids in opposite orders out of a deadlock', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [letters]);
    const clients = await writers(4);
    for (let round = 0; round < 10; round++) {
      const ids = Array.from({ length: 50 }, () => randomUUID());
      const publishing = clients.map(async (client, nth) => {
        const order = nth % 2 === 0 ? ids : ids.toReversed();
        const events = order.map((id) => ({ id, value: 'x' }));
        const published = await outbox.publish(client, letters, events, {
          onDuplicate: 'ignore',
        });
        await client.query('commit');
        await client.query('begin');
        return published.filter(({ duplicate }) => !duplicate).length;
      });
      const fresh = await Promise.all(publishing);
      expect(fresh.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 50]);
    }
    await end(clients);
  });

  it('is known through one turn of the generations, in progress or committed, and forgotten after the third', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [letters]);
    const event = { id: randomUUID(), value: 'x' };
    const [first, second] = (await writers(2)) as [Client, Client];
    await outbox.publish(first, letters, event);
    await turn(db);
    const [, outcome] = await Promise.all([
      someoneWaits(db).then(() => first.query('commit')),
      outbox.publish(second, letters, event).catch((error: unknown) => error),
    ]);
    expect(outcome).toMatchObject({ code: 'DUPLICATE_EVENT_ID' });
    await second.query('commit');
    await end([first, second]);

    expect(await publish(db, [event], { onDuplicate: 'ignore' })).toEqual([
      { id: event.id, duplicate: true },
    ]);
    for (let turns = 0; turns < 3; turns++) await turn(db);
    expect(await publish(db, [event])).toEqual([
      { id: event.id, duplicate: false },
    ]);
  });

  it('is looked at in the generation that there is now, whatever the snapshot of the transaction', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [letters]);
    const client = new Client(database.connectionString);
    await client.connect();
    await client.query('begin isolation level repeatable read');
    await client.query('select 1');
    await turn(db);
    const id = randomUUID();
    await outbox.publish(client, letters, { id, value: 'x' });
    await client.query('commit');
    await client.end();
    const { rows } = await db.query(
      `select count(*)::int as count from postamt.outbox_event_ids, postamt.outbox_id_generation
      where event_id = $1 and part in (last_value % 3, (last_value - 1) % 3)`,
      [id],
    );
    expect(rows).toEqual([{ count: 2 }]);
  });

  it('costs a publish without one nothing', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [letters]);
    const [client] = (await writers(1)) as [Client];
    const sent: string[] = [];
    const executor = {
      query: (text: string, values?: unknown[]) => {
        sent.push(text);
        return client.query(text, values);
      },
    };
    await outbox.publish(executor, letters, { value: 'x' });
    expect(sent).toEqual([
      expect.stringMatching(/^insert into postamt.outbox_events/),
    ]);
    await client.query('commit');
    await client.end();
  });
});
