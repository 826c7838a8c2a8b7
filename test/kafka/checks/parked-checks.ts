import { deepStrictEqual } from 'node:assert';
import { KafkaSink } from '#kafka';
import { Outbox, Relay } from '#outbox';
import type { Database } from '#postgres';
import { defineTopic } from '#schemas';
import { TestDatabase, waitFor } from '#testing';
import type { KafkaCheck, KafkaStage } from '../kafka-check.ts';

const EVENTS = 3;

function topicOf(name: string) {
  return defineTopic(name, {
    value: {
      type: 'record',
      name: 'N',
      fields: [{ name: 'n', type: 'int' }],
    },
  });
}

type Topics = Record<'there' | 'missing', ReturnType<typeof topicOf>>;

async function publishToBoth(db: Database, topics: Topics): Promise<void> {
  const { there, missing } = topics;
  const outbox = await Outbox.open(db, [there, missing]);
  for (let n = 0; n < EVENTS; n += 1)
    await db.transaction(async (tx) => {
      await outbox.publish(tx, missing, { key: 'k', value: { n } });
      await outbox.publish(tx, there, { key: 'k', value: { n } });
    });
}

async function areIn(
  db: Database,
  topic: string,
  status: string,
): Promise<boolean> {
  const { rows } = await db.query(
    `select status from ${db.schema}.outbox where topic = $1`,
    [topic],
  );
  return rows.every((row) => row.status === status);
}

/** Through a relay: the events of a topic that is missing in the cluster are parked until it is there. */
async function requireParked(stage: KafkaStage): Promise<string> {
  const database = await TestDatabase.create(stage.server.connectionString);
  const db = database.open();
  const there = topicOf(stage.name('there'));
  const missing = topicOf(stage.name('later'));
  await stage.reader.createTopic(there.name, 1);
  const sink = new KafkaSink({
    brokers: stage.brokers,
    transactionalId: there.name,
  });
  const relay = new Relay(db, { sink, retryBackoffMs: 100 });
  try {
    await publishToBoth(db, { there, missing });
    relay.start();
    await waitFor('the missing topic to be parked, the other not', async () => {
      const isParked = await areIn(db, missing.name, 'PARKED');
      return isParked && (await areIn(db, there.name, 'PUBLISHED'));
    });
    await stage.reader.createTopic(missing.name, 1);
    await waitFor('the parked events to be delivered', () =>
      areIn(db, missing.name, 'PUBLISHED'),
    );
  } finally {
    await relay.stop();
    await database.drop();
  }
  const records = await stage.reader.read(missing.name, 'READ_COMMITTED');
  // The last byte of an Avro int, zigzag.
  const order = records.map(({ value }) => (value?.at(-1) ?? 0) / 2);
  deepStrictEqual(order, [0, 1, 2]);
  return 'parked, and delivered in order once the topic was there';
}

/** What a relay does with what cannot be delivered. */
export const parkedChecks: readonly KafkaCheck[] = [
  { name: 'a topic that is missing parks its keys', run: requireParked },
];
