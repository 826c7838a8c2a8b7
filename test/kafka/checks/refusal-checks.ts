import { deepStrictEqual } from 'node:assert';
import { KafkaSink } from '#kafka';
import { isPostamtError } from '#kernel';
import type { SinkEvent } from '#outbox';
import type { KafkaCheck, KafkaStage } from '../kafka-check.ts';
import { MemoryJournal, shipPatiently } from '../memory-journal.ts';

const SMALL = 2_000;
const HOUR_MS = 3_600_000;
const REFUSED = [
  '3 MESSAGE_TOO_LARGE',
  '5 MESSAGE_TOO_LARGE',
  '6 MESSAGE_TOO_LARGE',
  '101 UNKNOWN_TOPIC_OR_PARTITION',
  '201 INVALID_TOPIC_EXCEPTION',
  '302 INVALID_RECORD',
  '401 INVALID_TIMESTAMP',
];

/** Events of one topic from pairs of a key and a size of the value. */
function eventsOf(
  topic: string,
  topicNumber: number,
  first: bigint,
  shapes: readonly (readonly [key: string | null, bytes: number])[],
): SinkEvent[] {
  return shapes.map(([key, bytes], index) => ({
    topic,
    topicNumber,
    id: first + BigInt(index),
    eventId: `${first + BigInt(index)}`,
    timestamp: 1,
    key: key === null ? null : Buffer.from(key),
    value: Buffer.alloc(bytes, 'x'),
    headers: [],
  }));
}

interface Topics {
  /** Takes only small batches. */
  readonly small: string;
  /** Takes no records without a key. */
  readonly compacted: string;
  readonly missing: string;
}

async function createTopics(stage: KafkaStage, kind: string): Promise<Topics> {
  const small = stage.name(`small-${kind}`);
  const compacted = stage.name(`compacted-${kind}`);
  const most = {
    'max.message.bytes': String(SMALL),
    'message.timestamp.after.max.ms': String(HOUR_MS),
  };
  await stage.reader.createTopic(small, 1, most);
  await stage.reader.createTopic(compacted, 1, { 'cleanup.policy': 'compact' });
  return { small, compacted, missing: stage.name('missing') };
}

function mixedEvents({ small, compacted, missing }: Topics): SinkEvent[] {
  const shapes = [
    ['a', 10],
    ['b', 10],
    ['a', SMALL],
    ['b', 10],
    ['a', 10],
    [null, SMALL],
    [null, 10],
    ...Array.from({ length: 40 }, (_, n) => [`c${n}`, 200] as const),
  ] as const;
  return [
    ...eventsOf(small, 1, 1n, shapes),
    ...eventsOf(missing, 2, 101n, [['a', 1]]),
    ...eventsOf('not a topic', 3, 201n, [['a', 1]]),
    ...eventsOf(compacted, 4, 301n, [
      ['a', 1],
      [null, 1],
      ['a', 1],
    ]),
    ...eventsOf(small, 1, 401n, [['d', 1]]).map(inFiveDays),
  ];
}

/** Too large, or for a topic that is not there: the event and the later ones of its key, and nothing else. */
async function requireRefusals(
  stage: KafkaStage,
  transactional: boolean,
): Promise<string> {
  const topics = await createTopics(stage, transactional ? 'once' : 'plain');
  const sink = new KafkaSink({
    brokers: stage.brokers,
    transactionalId: topics.small,
    transactional,
  });
  const { refused } = await shipPatiently(sink, mixedEvents(topics));
  await sink.close();
  const found = refused.map(({ id, error }) => `${id} ${error.code}`);
  deepStrictEqual(new Set(found), new Set(REFUSED));
  deepStrictEqual(await shapesIn(stage, topics.small), [
    'a 10',
    'b 10',
    'b 10',
    'null 10',
    ...Array.from({ length: 40 }, (_, n) => `c${n} 200`),
  ]);
  deepStrictEqual(await shapesIn(stage, topics.compacted), ['a 1', 'a 1']);
  return `${refused.length} refused, the others delivered in order`;
}

async function shapesIn(stage: KafkaStage, topic: string): Promise<string[]> {
  const records = await stage.reader.read(topic, 'READ_COMMITTED');
  return records.map(({ key, value }) => `${String(key)} ${value?.length}`);
}

/** Later than the topic takes. */
function inFiveDays(event: SinkEvent): SinkEvent {
  return { ...event, timestamp: Date.now() + 5 * 24 * HOUR_MS };
}

/** Nobody there: the whole shipment fails, retriably, within its time. */
async function requireUnreachable(): Promise<string> {
  const sink = new KafkaSink({
    brokers: ['127.0.0.1:1'],
    transactionalId: 'nobody',
  });
  const event = eventsOf('t', 1, 1n, [['a', 1]]);
  const error: unknown = await sink
    .ship(event, new MemoryJournal())
    .catch((reason: unknown) => reason);
  await sink.close();
  if (isPostamtError(error, 'NETWORK_EXCEPTION') && error.retriable)
    return 'NETWORK_EXCEPTION, retriable';
  throw new Error(`it failed with ${String(error)}`);
}

/** What cannot be delivered. */
export const refusalChecks: readonly KafkaCheck[] = [
  {
    name: 'an event that cannot be taken takes only its key along',
    run: (stage) => requireRefusals(stage, true),
  },
  {
    name: 'an event that cannot be taken takes only its key along, without transactions',
    run: (stage) => requireRefusals(stage, false),
  },
  {
    name: 'a cluster that is not there fails the shipment',
    run: requireUnreachable,
  },
];
