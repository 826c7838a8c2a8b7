import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Listener } from '#client';
import { Outbox, Relay } from '#outbox';
import { type Database, type EmbeddedPostgres } from '#postgres';
import { defineTopic } from '#schemas';
import {
  checkHistory,
  readLog,
  startTestServer,
  TestDatabase,
  waitFor,
  type CommittedEvent,
} from '#testing';

const counted = defineTopic('counted', {
  partitions: 3,
  value: {
    type: 'record',
    name: 'Counted',
    fields: [{ name: 'n', type: 'int' }],
  },
});

/** A cluster of its own, since it is killed. */
let server: EmbeddedPostgres;
let database: TestDatabase;

beforeAll(async () => {
  server = await startTestServer();
  database = await TestDatabase.create(server.connectionString);
});
afterAll(async () => {
  await database.drop();
  await server.stop();
});

/** Publishes one event a transaction, and again when it was refused; one whose outcome is unknown is asked for. */
async function publishThrough(
  db: Database,
  outbox: Outbox,
  count: number,
): Promise<CommittedEvent[]> {
  const committed: CommittedEvent[] = [];
  for (let n = 0; n < count;) {
    const key = `k${n % 5}`;
    const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    try {
      if (!(await isThere(db, id))) {
        await db.transaction((tx) =>
          outbox.publish(tx, counted, { key, value: { n }, id }),
        );
      }
    } catch {
      continue;
    }
    committed.push({ id, key, version: n });
    n += 1;
  }
  return committed;
}

async function isThere(db: Database, id: string): Promise<boolean> {
  const { rows } = await db.query(
    'select 1 from postamt.outbox_events where event_id = $1',
    [id],
  );
  return rows.length > 0;
}

describe('Postgres killed and restarted', () => {
  it('under relay and group loses nothing, doubles nothing, and both go on by themselves', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [counted]);
    await db.query('create table effects (n int not null)');
    const relays = [new Relay(database.open()), new Relay(database.open())];
    for (const relay of relays) relay.start();
    const listener = new Listener<
      { effects: { n: number } },
      string,
      { n: number }
    >(database.open(), {
      topic: counted,
      group: 'effects',
      handler: async (value, record) => {
        await record.tx
          .insertInto('effects')
          .values({ n: value?.n ?? -1 })
          .execute();
      },
    });
    await listener.start();

    const publishing = publishThrough(db, outbox, 400);
    const progress = async (records: number) => {
      await waitFor(
        `${records} effects`,
        async () =>
          (await db.query('select 1 from effects')).rows.length >= records,
      );
    };
    await progress(50);
    await server.crash();
    await server.restart();
    await progress(150);
    await server.restart();
    const committed = await publishing;

    await progress(400);
    await listener.stop();
    await Promise.all(relays.map((relay) => relay.stop()));
    const log = (await readLog(db, 'counted')).map(
      ({ partition, offset, headers }) => ({
        partition,
        offset,
        id: String(headers[0]?.value),
      }),
    );
    expect(checkHistory({ committed, log })).toEqual([]);
    const { rows } = await db.query('select n from effects order by n');
    expect(rows.map((row) => row.n)).toEqual(
      Array.from({ length: 400 }, (_, n) => n),
    );
    expect(await database.close()).toEqual([]);
  });
});
