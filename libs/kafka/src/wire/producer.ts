import type { RecordBatchOptions } from '#records';
import type { MadeDelivery } from '../delivery-note.js';
import type { SinkSettings } from '../kafka-sink-options.js';
import { askPatiently } from './ask-patiently.js';
import type { BrokerLink } from './broker-link.js';
import type { Cluster } from './cluster.js';
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
    const doing = 'give the relay a producer id';
    const init = (link: BrokerLink) =>
      initProducerId(link, transactionalId ?? null, TRANSACTION_TIMEOUT_MS);
    const identity = transactionalId
      ? await cluster.askCoordinator('TRANSACTION', transactionalId, {
          doing,
          ask: init,
        })
      : await askPatiently(doing, cluster.closing, async () =>
          init(await cluster.any()),
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
    const { offset, metadata } = await this.#cluster.askCoordinator(
      'GROUP',
      groupId,
      {
        doing: `say what the group ${groupId} has committed`,
        ask: (link) =>
          fetchOffset(link, groupId, this.#settings.deliveriesTopic),
      },
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
