import { randomInt } from 'node:crypto';
import type {
  Delivered,
  DeliveryJournal,
  LastDelivery,
  SinkBatch,
  SinkEvent,
} from '#outbox';
import {
  digestOf,
  knownAfter,
  readNote,
  wasMade,
  without,
  writeNote,
  type MadeDelivery,
} from './delivery-note.js';
import type { SinkSettings } from './kafka-sink-options.js';
import { PartitionQueue } from './shipment/partition-queue.js';
import { placeEvents } from './shipment/place-events.js';
import { Refusals } from './shipment/refusals.js';
import { sendQueues } from './shipment/send-queues.js';
import { Cluster } from './wire/cluster.js';
import { Producer } from './wire/producer.js';
import { requireDeliveriesTopic } from './wire/require-deliveries-topic.js';
import { Transaction } from './wire/transaction.js';

type Begun = Pick<LastDelivery, 'number' | 'ids'>;

/** What one attempt at a delivery is about. */
interface Delivery {
  readonly journal: DeliveryJournal;
  readonly producer: Producer;
  readonly refusals: Refusals;
  /** The events of this shipment that stand in Kafka already. */
  readonly standing: readonly SinkEvent[];
  /** The others. */
  readonly queues: readonly PartitionQueue[];
}

/**
 * Deliveries by one producer, from the moment when it fenced whoever came before it until something fails. Knows which
 * events stand in Kafka without being known to be marked.
 */
export class Session {
  readonly #settings: SinkSettings;
  readonly #cluster: Cluster;
  #former: Session | undefined;
  #producer: Producer | undefined;
  #transaction: Transaction | undefined;
  /** The delivery that was begun last, as far as this session knows. */
  #begun: Begun | undefined;
  #known = new Set<bigint>();

  /** @param former the session that failed, whose knowledge this one goes on with */
  constructor(settings: SinkSettings, former?: Session) {
    this.#settings = settings;
    this.#cluster = new Cluster(settings);
    this.#former = former;
  }

  /** One after the other, each before its time is over. */
  async ship(
    events: readonly SinkEvent[],
    journal: DeliveryJournal,
  ): Promise<Delivered> {
    const producer = await this.#prepare(journal);
    const refusals = new Refusals(events);
    const standing = events.filter(({ id }) => this.#known.has(id));
    const fresh = events.filter(({ id }) => !this.#known.has(id));
    for (;;) {
      const queues = await this.#queue(fresh, refusals);
      const delivery = { journal, producer, refusals, standing, queues };
      const isNothing = standing.length === 0 && queues.length === 0;
      if (isNothing || (await this.#deliver(delivery))) {
        const sent = queues.flatMap(({ accepted }) => accepted);
        const before = await this.#locate(standing);
        const batches = [...before, ...sent];
        return { batches, refused: refusals.list };
      }
    }
  }

  /** The session that goes on where this one failed. */
  next(): Session {
    const former = this.#producer ? this : this.#former;
    return new Session(this.#settings, former);
  }

  /** Aborts the transaction that is open, if any. */
  async giveUp(): Promise<void> {
    await this.#transaction?.abort();
  }

  /** Cuts the connections: what is under way fails. Idempotent. */
  close(): void {
    this.#cluster.close();
  }

  /** Sees whether this relay was the last to ship, and whether what it shipped is marked; takes over where it was not. */
  async #prepare(journal: DeliveryJournal): Promise<Producer> {
    const last = await journal.last();
    if (!this.#producer || !isSame(this.#begun, last))
      return this.#takeOver(journal);
    if (last?.done && this.#begun)
      this.#known = without(this.#known, readNote(this.#begun.ids).ids);
    return this.#producer;
  }

  /**
   * Fences whoever shipped before; only then what it has begun, and whether that was made, can no more change.
   */
  async #takeOver(journal: DeliveryJournal): Promise<Producer> {
    const { transactionalId, deliveriesTopic } = this.#settings;
    const former = this.#former ?? this;
    if (transactionalId !== undefined)
      await requireDeliveriesTopic(this.#cluster, deliveriesTopic);
    const producer = await Producer.open(
      this.#cluster,
      this.#settings,
      former.#producer,
    );
    const last = await journal.last();
    const made =
      transactionalId === undefined
        ? undefined
        : await producer.madeDelivery(transactionalId);
    const known = knownAfter(last, made);
    for (const id of former.#knownSince(last, made)) known.add(id);
    this.#known = known;
    this.#begun = last;
    this.#producer = producer;
    this.#former = undefined;
    return producer;
  }

  /** What this session saw taken and nobody else can have marked, since none has delivered after it. */
  #knownSince(
    last: LastDelivery | undefined,
    made: MadeDelivery | undefined,
  ): Iterable<bigint> {
    if (!last || !this.#begun) return [];
    if (isSame(this.#begun, last)) {
      if (!last.done) return this.#known;
      return without(this.#known, readNote(this.#begun.ids).ids);
    }
    // A relay that had lost its turn may have begun one since, without being let to make it.
    return wasMade(this.#begun, made) ? this.#known : [];
  }

  /** Gives the events their partitions; those whose topic cannot be written are refused. */
  async #queue(
    events: readonly SinkEvent[],
    refusals: Refusals,
  ): Promise<PartitionQueue[]> {
    const open = events.filter((event) => !refusals.takes(event));
    if (open.length === 0) return [];
    const names = new Set(open.map(({ topic }) => topic));
    const topics = await this.#cluster.topics(names);
    const placed = placeEvents(open, topics, refusals, (n) => randomInt(n));
    return placed.map((events) => new PartitionQueue(events, refusals));
  }

  /** Where events stand that an earlier delivery brought: known of those with a key, as partition. */
  async #locate(events: readonly SinkEvent[]): Promise<SinkBatch[]> {
    const keyed = events.filter(({ key }) => key !== null);
    const names = new Set(keyed.map(({ topic }) => topic));
    if (names.size === 0) return [];
    const topics = await this.#cluster.topics(names);
    const unwritable = new Refusals(keyed);
    return placeEvents(keyed, topics, unwritable, () => 0).map((placed) => ({
      topicNumber: placed.topicNumber,
      partition: placed.partition,
      baseOffset: null,
      ids: placed.events.map(({ id }) => id),
    }));
  }

  /** Whether the events have been delivered; where some were found to be refused, the others are yet to be. */
  #deliver(delivery: Delivery): Promise<boolean> {
    const { transactionalId } = this.#settings;
    if (delivery.queues.length === 0) return this.#noteOnly(delivery);
    return transactionalId === undefined
      ? this.#deliverAtLeastOnce(delivery)
      : this.#deliverOnce(delivery, transactionalId);
  }

  async #noteOnly(delivery: Delivery): Promise<boolean> {
    await this.#begin(delivery);
    return true;
  }

  async #deliverAtLeastOnce(delivery: Delivery): Promise<boolean> {
    const { queues, producer } = delivery;
    const sending = { ...this.#parts, producer };
    try {
      await all([this.#begin(delivery), sendQueues(sending, queues)]);
    } finally {
      for (const id of acceptedBy(queues)) this.#known.add(id);
    }
    return true;
  }

  async #deliverOnce(delivery: Delivery, id: string): Promise<boolean> {
    const { queues, refusals, producer } = delivery;
    const transaction = new Transaction(this.#cluster, {
      ...producer.identity,
      transactionalId: id,
    });
    this.#transaction = transaction;
    const closed = await transaction.addPartitions(partitionsOf(queues));
    for (const queue of queues) queue.rejectWhere(closed);
    if (closed.size > 0) return false;
    await transaction.addOffsets(id);
    const found = refusals.size;
    await all([
      this.#beginAndCommitOffset(delivery, transaction, id),
      sendQueues({ ...this.#parts, producer }, queues),
    ]);
    if (refusals.size > found) {
      await transaction.abort();
      return false;
    }
    await transaction.commit();
    for (const id of acceptedBy(queues)) this.#known.add(id);
    return true;
  }

  async #beginAndCommitOffset(
    delivery: Delivery,
    transaction: Transaction,
    groupId: string,
  ): Promise<void> {
    const { number, ids } = await this.#begin(delivery);
    await transaction.commitOffset({
      groupId,
      topic: this.#settings.deliveriesTopic,
      offset: number,
      metadata: digestOf(ids),
    });
  }

  async #begin({ journal, standing, queues }: Delivery): Promise<Begun> {
    const sent = queues.flatMap(({ ids }) => ids);
    const ids = writeNote({
      ids: [...standing.map(({ id }) => id), ...sent],
      known: this.#known,
    });
    this.#begun = { number: await journal.begin(ids), ids };
    return this.#begun;
  }

  get #parts() {
    return { cluster: this.#cluster, settings: this.#settings };
  }
}

/** By more than the number, which begins anew where the journal was emptied or put back to an earlier state. */
function isSame(one: Begun | undefined, other: Begun | undefined): boolean {
  return (
    one?.number === other?.number &&
    one?.ids.length === other?.ids.length &&
    one?.ids[0] === other?.ids[0]
  );
}

/** All of them, also where one fails: what is left open is ended only when nothing is under way any more. */
async function all(work: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}

function acceptedBy(queues: readonly PartitionQueue[]): bigint[] {
  return queues.flatMap(({ accepted }) => accepted.flatMap(({ ids }) => ids));
}

function partitionsOf(
  queues: readonly PartitionQueue[],
): Map<string, number[]> {
  const partitions = new Map<string, number[]>();
  for (const { topic, partition } of queues)
    partitions.set(topic, [...(partitions.get(topic) ?? []), partition]);
  return partitions;
}
