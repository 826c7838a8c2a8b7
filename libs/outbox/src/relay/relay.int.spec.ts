import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Client } from 'pg';
import { defineTopic } from '#schemas';
import { checkHistory, readLog, useDatabase, waitFor } from '#testing';
import { Outbox } from '../publish/outbox.js';
import { Relay } from './relay.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const counted = defineTopic('counted', {
  partitions: 3,
  value: {
    type: 'record',
    name: 'Counted',
    fields: [{ name: 'n', type: 'int' }],
  },
});

describe('Relay', () => {
  it('moves what was committed, once and in order, and nothing that was rolled back', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [counted]);
    const relay = new Relay(db);
    relay.start();
    const client = new Client(database.connectionString);
    await client.connect();
    const committed: { id: string; key: string; version: number }[] = [];
    for (let n = 0; n < 200; n += 1) {
      const key = `k${n % 7}`;
      await client.query('begin');
      const [event] = await outbox.publish(client, counted, {
        key,
        value: { n },
      });
      if (n % 10 === 3) await client.query('rollback');
      else {
        await client.query('commit');
        committed.push({ id: event?.id ?? '', key, version: n });
      }
    }
    await waitFor(
      'all to be moved',
      () => relay.status.moved === committed.length,
    );
    await relay.stop();
    const log = (await readLog(db, 'counted')).map((record) => ({
      partition: record.partition,
      offset: record.offset,
      id: String(record.headers[0]?.value),
    }));
    expect(checkHistory({ committed, log })).toEqual([]);
    const { rows } = await db.query(
      'select status, count(*)::int, count("offset")::int as placed from postamt.outbox group by status',
    );
    expect(rows).toEqual([{ status: 'PUBLISHED', count: 180, placed: 180 }]);
    await client.end();
  });

  it('moves what goes to more partitions than one transaction may lock', async () => {
    const db = database.open();
    const wide = defineTopic('wide', { partitions: 2_000, value: 'string' });
    const outbox = await Outbox.open(db, [wide]);
    const events = Array.from({ length: 3_000 }, (_, n) => ({
      key: `key ${n}`,
      value: 'x',
    }));
    const published = await db.transaction((tx) =>
      outbox.publish(tx, wide, events),
    );
    const relay = new Relay(db);
    relay.start();
    await waitFor('all to be moved', () => relay.status.moved === 3_000);
    await relay.stop();
    const { rows } = await db.query(
      'select count(distinct partition)::int as partitions from postamt.outbox where topic = $1 and status = $2',
      ['wide', 'PUBLISHED'],
    );
    expect(rows[0]?.partitions).toBeGreaterThan(1_000);
    const log = await readLog(db, 'wide');
    expect(log.map(({ headers }) => String(headers[0]?.value)).sort()).toEqual(
      published.map(({ id }) => id).sort(),
    );
  });
});
