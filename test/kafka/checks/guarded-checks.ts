import { deepStrictEqual } from 'node:assert';
import { KafkaSink } from '#kafka';
import { isPostamtError } from '#kernel';
import type { SinkEvent } from '#outbox';
import type { KafkaBroker } from '../kafka-broker.ts';
import type { KafkaCheck, KafkaStage } from '../kafka-check.ts';
import { MemoryJournal, shipPatiently } from '../memory-journal.ts';

const NOT_OURS = 'the broker is not ours to guard: not tried';

function eventFor(topic: string, id: number): SinkEvent {
  return {
    id: BigInt(id),
    eventId: `event-${id}`,
    topic,
    topicNumber: id,
    timestamp: Date.now(),
    key: Buffer.from('key'),
    value: Buffer.from('value'),
    headers: [],
  };
}

function sinkTo({ guarded }: KafkaBroker, name: string, password: string) {
  return new KafkaSink({
    brokers: [guarded.address],
    transactionalId: name,
    tls: { ca: guarded.ca },
    sasl: { mechanism: 'PLAIN', username: guarded.user.username, password },
  });
}

/** Through TLS and a login; one topic is forbidden to the user. */
async function requireAuthorization(stage: KafkaStage): Promise<string> {
  const { broker } = stage;
  if (!broker) return NOT_OURS;
  const allowed = stage.name('allowed');
  const forbidden = stage.name('forbidden');
  await stage.reader.createTopic(allowed, 1);
  await stage.reader.createTopic(forbidden, 1);
  await stage.reader.denyWrite(forbidden, broker.guarded.user.username);
  const sink = sinkTo(broker, allowed, broker.guarded.user.password);
  const events = [eventFor(forbidden, 1), eventFor(allowed, 2)];
  const { refused, batches } = await shipPatiently(sink, events);
  await sink.close();
  deepStrictEqual(
    refused.map(({ id, error }) => `${id} ${error.code}`),
    ['1 TOPIC_AUTHORIZATION_FAILED'],
  );
  deepStrictEqual(
    batches.flatMap(({ ids }) => ids),
    [2n],
  );
  const records = await stage.reader.read(allowed, 'READ_COMMITTED');
  deepStrictEqual(records.length, 1);
  return 'delivered by TLS and SASL; the forbidden topic refused';
}

async function requireLogin(stage: KafkaStage): Promise<string> {
  const { broker } = stage;
  if (!broker) return NOT_OURS;
  const sink = sinkTo(broker, stage.name('login'), 'wrong');
  const error: unknown = await sink
    .ship([eventFor('any', 1)], new MemoryJournal())
    .catch((reason: unknown) => reason);
  await sink.close();
  if (isPostamtError(error, 'INVALID_CONFIG')) return error.message;
  throw new Error(`it failed with ${String(error)}`);
}

/** A cluster that does not let everybody in. */
export const guardedChecks: readonly KafkaCheck[] = [
  { name: 'TLS, a login and a forbidden topic', run: requireAuthorization },
  { name: 'a wrong password is said to be one', run: requireLogin },
];
