import type { SinkSettings } from '../kafka-sink-options.js';
import type { BrokerLink } from '../wire/broker-link.js';
import type { Cluster } from '../wire/cluster.js';
import { KAFKA, kafkaError, refusesEvent } from '../wire/kafka-error.js';
import {
  produce,
  type ProduceAnswer,
  type ProducedBatch,
} from '../wire/produce-request.js';
import type { Producer } from '../wire/producer.js';
import type { PartitionQueue } from './partition-queue.js';

/** The most bytes of one request: well below the brokers' `socket.request.max.bytes` (100 MiB). */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** What queues are sent with. */
export interface Sending {
  readonly cluster: Cluster;
  readonly producer: Producer;
  readonly settings: SinkSettings;
}

/**
 * Sends what waits in the queues, until every event is accepted or refused: to all leaders at once, to each of them one
 * batch of each partition at a time, so that a batch never overtakes the one before it.
 *
 * @throws PostamtError where a broker fails, for a reason that is no event's
 */
export async function sendQueues(
  sending: Sending,
  queues: readonly PartitionQueue[],
): Promise<void> {
  const led = new Map<BrokerLink, PartitionQueue[]>();
  for (const queue of queues) {
    const link = await sending.cluster.leader(queue.topic, queue.partition);
    led.set(link, [...(led.get(link) ?? []), queue]);
  }
  await Promise.all(
    Array.from(led, ([link, own]) => sendTo(link, sending, own)),
  );
}

async function sendTo(
  link: BrokerLink,
  sending: Sending,
  queues: readonly PartitionQueue[],
): Promise<void> {
  const byPlace = new Map(queues.map((queue) => [placeOf(queue), queue]));
  for (;;) {
    const batches = nextBatches(sending, queues);
    if (batches.length === 0) return;
    const { transactionalId } = sending.settings;
    const answers = await produce(link, transactionalId, batches);
    for (const answer of answers) {
      const queue = byPlace.get(placeOf(answer));
      if (queue) take(sending.producer, queue, answer);
    }
  }
}

function nextBatches(
  { producer, settings }: Sending,
  queues: readonly PartitionQueue[],
): ProducedBatch[] {
  const batches: ProducedBatch[] = [];
  let bytes = 0;
  for (const queue of queues) {
    const { topic, partition } = queue;
    const options = producer.batchOptions(topic, partition);
    const batch = queue.next(settings.maxBatchBytes, options);
    if (!batch) continue;
    batches.push({ topic, partition, batch });
    bytes += batch.length;
    if (bytes >= MAX_REQUEST_BYTES) break;
  }
  return batches;
}

function take(
  producer: Producer,
  queue: PartitionQueue,
  answer: ProduceAnswer,
): void {
  const { topic, partition, errorCode } = answer;
  if (errorCode === KAFKA.none || errorCode === KAFKA.duplicateSequenceNumber) {
    const known = errorCode === KAFKA.none && answer.baseOffset >= 0n;
    const records = queue.accept(known ? answer.baseOffset : null);
    producer.wrote(topic, partition, records);
    return;
  }
  const error = kafkaError(
    errorCode,
    `take a batch for partition ${partition} of ${topic}`,
  );
  // Its metadata said that it was there: the next shipment reads them again, and refuses.
  if (!refusesEvent(errorCode) || errorCode === KAFKA.unknownTopicOrPartition)
    throw error;
  if (errorCode === KAFKA.topicAuthorizationFailed) queue.rejectAll(error);
  else queue.reject(error, answer.atFault);
}

function placeOf({ topic, partition }: { topic: string; partition: number }) {
  return `${topic}:${partition}`;
}
