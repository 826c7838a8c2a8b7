import { isPostamtError } from '#kernel';
import { partitionOf, planAppend, type PlannedAppend, type Topic } from '#log';
import { partitionForKey, RecordBatchBuilder } from '#records';
import { decodeHeaders } from '../publish/encode-event.js';
import { EVENT_ID_HEADER } from '../publish/outbox-event.js';
import type { PendingEvent } from './pending-event.js';

/** A batch that a move appends, and the ids of the events in it, in the order of their offsets. */
export interface OutboxBatch {
  readonly append: PlannedAppend;
  readonly ids: readonly bigint[];
}

/** The events of one partition, while they are put into batches. */
class PartitionLane {
  readonly #topic: Topic;
  readonly #index: number;
  readonly #full: OutboxBatch[] = [];
  #builder: RecordBatchBuilder;
  #events: PendingEvent[] = [];

  constructor(topic: Topic, index: number) {
    this.#topic = topic;
    this.#index = index;
    this.#builder = newBuilder(topic);
  }

  add(event: PendingEvent): void {
    const record = recordOf(event);
    if (!this.#builder.append(record)) {
      this.#seal();
      this.#builder.append(record);
    }
    this.#events.push(event);
  }

  batches(): readonly OutboxBatch[] {
    if (this.#events.length > 0) this.#seal();
    return this.#full;
  }

  #seal(): void {
    this.#plan(this.#builder, this.#events);
    this.#builder = newBuilder(this.#topic);
    this.#events = [];
  }

  /** What the topic's compression makes larger than a batch may be is halved. */
  #plan(builder: RecordBatchBuilder, events: readonly PendingEvent[]): void {
    const partition = partitionOf(this.#topic, this.#index);
    try {
      const append = planAppend(this.#topic, partition, builder.build(), {
        built: true,
        anyTime: true,
      });
      this.#full.push({ append, ids: events.map(({ id }) => id) });
    } catch (error) {
      const isTooLarge = isPostamtError(error, 'MESSAGE_TOO_LARGE');
      if (!isTooLarge || events.length === 1) throw error;
      const middle = events.length >> 1;
      for (const half of [events.slice(0, middle), events.slice(middle)]) {
        const again = newBuilder(this.#topic);
        for (const event of half) again.append(recordOf(event));
        this.#plan(again, half);
      }
    }
  }
}

function newBuilder({ config }: Topic): RecordBatchBuilder {
  return new RecordBatchBuilder({ maxBytes: config.maxMessageBytes });
}

/**
 * Puts events, in their order, into record batches, one lane for each partition. A key's partition is Kafka's
 * (murmur2), from the topic's number of partitions now; all events without a key of one move go to one partition that
 * `sticky` chooses, as Kafka's producer does with a batch, and none of `broken` (by the partitions' ids).
 * Events that cannot be taken are not among them: `refusal` has said so.
 */
export function buildBatches(
  events: readonly PendingEvent[],
  topics: ReadonlyMap<number, Topic>,
  sticky: number,
  broken: ReadonlyMap<number, unknown> = new Map(),
): OutboxBatch[] {
  const lanes = new Map<string, PartitionLane>();
  for (const event of events) {
    const topic = topics.get(event.topicNumber) as Topic;
    const index = event.key
      ? partitionForKey(event.key, topic.partitions.length)
      : stickyIndex(topic, sticky, broken);
    const name = `${topic.number}-${index}`;
    const lane = lanes.get(name) ?? new PartitionLane(topic, index);
    lanes.set(name, lane);
    lane.add(event);
  }
  return [...lanes.values()].flatMap((lane) => lane.batches());
}

/** Of the partitions that take what they are given, where any does. */
function stickyIndex(
  { partitions }: Topic,
  sticky: number,
  broken: ReadonlyMap<number, unknown>,
): number {
  const sound =
    broken.size > 0
      ? partitions.filter(({ id }) => !broken.has(id))
      : partitions;
  const of = sound.length > 0 ? sound : partitions;
  return of[sticky % of.length]?.index ?? 0;
}

/** An event as a record: its id stands in a header. */
export function recordOf(event: PendingEvent) {
  const id = { key: EVENT_ID_HEADER, value: Buffer.from(event.eventId) };
  const headers = [id, ...decodeHeaders(event.headers)];
  return {
    timestamp: event.timestamp,
    key: event.key,
    value: event.value,
    headers,
  };
}
