import { deepEqual, equal } from 'node:assert/strict';
import { Listener } from '#client';
import { Outbox, Relay } from '#outbox';
import type { Database } from '#postgres';
import { defineTopic } from '#schemas';
import { readLog, waitFor } from '#testing';
import type { PoolerCheck } from '../pooler-check.ts';

const EVENTS = 300;
const TRANSACTIONS = 20;

interface Tables {
  effects: { n: number };
}

const counted = defineTopic('counted', {
  partitions: 3,
  value: {
    type: 'record',
    name: 'Counted',
    fields: [{ name: 'n', type: 'int' }],
  },
});
const ALL = Array.from({ length: EVENTS }, (_, n) => n);

/** Writes each event down in the transaction of its offset; of each forty one fails once, behind the write. */
function effectsOf(db: Database): Listener<Tables, string, { n: number }> {
  const failed = new Set<number>();
  return new Listener<Tables, string, { n: number }>(db, {
    topic: counted,
    group: 'effects',
    maxPollRecords: 20,
    pollIntervalMs: 100,
    handler: async (value, record) => {
      const n = value?.n ?? -1;
      await record.tx.insertInto('effects').values({ n }).execute();
      if (n % 40 !== 7 || failed.has(n)) return;
      failed.add(n);
      throw new Error(`not yet ${n}`);
    },
  });
}

async function publishAll(db: Database): Promise<void> {
  const outbox = await Outbox.open(db, [counted]);
  const step = EVENTS / TRANSACTIONS;
  for (let from = 0; from < EVENTS; from += step) {
    const events = ALL.slice(from, from + step).map((n) => ({
      key: `k${n % 7}`,
      value: { n },
    }));
    await db.transaction((tx) => outbox.publish(tx, counted, events));
  }
}

/** The way of an event: published in a transaction, moved by a relay, handled in another transaction. */
export const deliveryChecks: readonly PoolerCheck[] = [
  {
    name: 'what was published is moved once, and handled once in the transaction of its offset',
    run: async (stage) => {
      const db = stage.open();
      await db.query('create table effects (n int not null)');
      await Outbox.open(db, [counted]);
      const relay = new Relay(stage.open());
      relay.start();
      const listener = effectsOf(stage.open());
      await listener.start();
      await publishAll(db);
      await waitFor('all effects', () => listener.status.handled >= EVENTS);
      await Promise.all([listener.stop(), relay.stop()]);
      const { rows } = await db.query('select n from effects order by n');
      deepEqual(
        rows.map((row) => row.n),
        ALL,
      );
      equal((await readLog(db, counted.name)).length, EVENTS);
    },
  },
];
