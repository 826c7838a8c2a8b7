import { backoffMs, sleep } from '#kernel';
import type { RecordBatchOptions } from '#records';
import type { MadeDelivery } from '../delivery-note.js';
import type { SinkSettings } from '../kafka-sink-options.js';
import type { BrokerLink } from './broker-link.js';
import type { Cluster } from './cluster.js';
import type { CoordinatorKind } from './cluster-requests.js';
import { KAFKA, requireNone } from './kafka-error.js';
import {
  fetchOffset,
  initProducerId,
  type ProducerIdentity,
} from './transaction-requests.js';

/**
 * How long a transaction may stay open when its relay is gone and none takes over: until then readers of committed
 * records wait at its first one. More than a shipment takes.
 */
const TRANSACTION_TIMEOUT_MS = 15_000;
const SEQUENCES = 2 ** 31;
const GREATEST_EPOCH = 2 ** 15 - 1;
/** What passes by itself soon: the former transaction ends, or a coordinator starts. */
const PASSING: readonly number[] = [
  KAFKA.concurrentTransactions,
  KAFKA.coordinatorLoadInProgress,
  KAFKA.coordinatorNotAvailable,
  KAFKA.notCoordinator,
  KAFKA.unstableOffsetCommit,
];
const RETRY = { initialMs: 2, maxMs: 100 };

/** An idempotent producer: who it is to the brokers, and how many records it has written to each partition. */
export class Producer {
  readonly #cluster: Cluster;
  readonly #settings: SinkSettings;
  readonly #identity: ProducerIdentity;
  readonly #sequences = new Map<string, number>();

  private constructor(
    cluster: Cluster,
    settings: SinkSettings,
    identity: ProducerIdentity,
  ) {
    this.#cluster = cluster;
    this.#settings = settings;
    this.#identity = identity;
  }

  /**
   * With a transactional id this fences whoever bore it before and ends what that left open. Without one the producer
   * goes on as `former` with the next epoch, so that requests of the former that are still under way come too late.
   */
  static async open(
    cluster: Cluster,
    settings: SinkSettings,
    former?: Producer,
  ): Promise<Producer> {
    const { transactionalId } = settings;
    const next = transactionalId ? undefined : former?.nextIdentity;
    if (next) return new Producer(cluster, settings, next);
    const identity = await askPatiently(
      cluster,
      () =>
        transactionalId
          ? cluster.coordinator('TRANSACTION', transactionalId)
          : cluster.any(),
      (link) =>
        initProducerId(link, transactionalId ?? null, TRANSACTION_TIMEOUT_MS),
      { kind: 'TRANSACTION', doing: 'give the relay a producer id' },
    );
    return new Producer(cluster, settings, identity);
  }

  get identity(): ProducerIdentity {
    return this.#identity;
  }

  get nextIdentity(): ProducerIdentity | undefined {
    const { producerId, producerEpoch } = this.#identity;
    if (producerEpoch >= GREATEST_EPOCH) return undefined;
    return { producerId, producerEpoch: producerEpoch + 1 };
  }

  /** The delivery that the group's offset tells. */
  async madeDelivery(groupId: string): Promise<MadeDelivery> {
    const { offset, metadata } = await askPatiently(
      this.#cluster,
      () => this.#cluster.coordinator('GROUP', groupId),
      (link) => fetchOffset(link, groupId, this.#settings.deliveriesTopic),
      { kind: 'GROUP', doing: `say what the group ${groupId} has committed` },
    );
    return { number: offset, digest: metadata };
  }

  /** What stands in the header of the next batch for the partition. */
  batchOptions(topic: string, partition: number): RecordBatchOptions {
    const { transactionalId, compression } = this.#settings;
    return {
      ...this.#identity,
      compression,
      baseSequence: this.#sequences.get(`${topic}:${partition}`) ?? 0,
      isTransactional: transactionalId !== undefined,
    };
  }

  /** Counts records that the partition has taken. */
  wrote(topic: string, partition: number, records: number): void {
    const place = `${topic}:${partition}`;
    const sequence = (this.#sequences.get(place) ?? 0) + records;
    this.#sequences.set(place, sequence % SEQUENCES);
  }
}

/** Asks again for as long as the answer is one that passes by itself; the cluster's closing ends that. */
export async function askPatiently<Answer extends { errorCode: number }>(
  cluster: Cluster,
  whom: () => Promise<BrokerLink>,
  ask: (link: BrokerLink) => Promise<Answer>,
  { kind, doing }: { kind: CoordinatorKind; doing: string },
): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask(await whom());
    const isPassing =
      PASSING.includes(answer.errorCode) && !cluster.closing.aborted;
    if (!isPassing) {
      requireNone(answer.errorCode, doing);
      return answer;
    }
    if (answer.errorCode === KAFKA.notCoordinator)
      cluster.forgetCoordinator(kind);
    await sleep(backoffMs(RETRY, tries), cluster.closing);
  }
}
