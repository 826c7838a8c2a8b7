import { ensureTopic, partitionOf, type Catalogue } from '#log';
import type { Database } from '#postgres';
import { openTopic, type TopicDefinition } from '#schemas';
import { choosePartition } from './choose-partition.js';
import { KeylessPartition } from './keyless-partition.js';
import { PartitionQueue } from './partition-queue.js';
import type { ProducerSettings } from './producer-options.js';
import type { RawTopic } from './raw-topic.js';

/** A topic as a producer is opened with it: one with a schema, or one of bytes. */
// oxlint-disable-next-line typescript/no-explicit-any -- a serializer takes its own type: no other name for "whichever"
export type AnyTopic = TopicDefinition | RawTopic<any, any>;

/** Makes the bytes of a topic's keys and values. */
export interface TopicSerializer {
  readonly serializeKey: (key: unknown) => Buffer | null;
  readonly serialize: (value: unknown) => Buffer;
}

/** Creates the topic where it does not exist, registers its schema where it has one, and says how to serialize. */
export async function openSerializer(
  db: Database,
  topic: AnyTopic,
): Promise<TopicSerializer> {
  if (!('valueSerializer' in topic)) {
    const { serializer } = await openTopic(db, topic);
    return {
      serializeKey: (key) => serializer.serializeKey(key),
      serialize: (value) => serializer.serialize(value),
    };
  }
  const { name, partitions, config, keySerializer, valueSerializer } = topic;
  await ensureTopic(db, { name, partitions, config });
  return {
    serializeKey: (key) => (key === null ? null : keySerializer(key)),
    serialize: valueSerializer,
  };
}

/** A topic that a producer writes to: its serializer, its partitions' queues, and where its records go. */
export class ProducerTopic {
  readonly name: string;
  readonly serializer: TopicSerializer;
  readonly #catalogue: Catalogue;
  readonly #settings: ProducerSettings;
  readonly #keyless: KeylessPartition;
  readonly #queues: PartitionQueue[] = [];
  #refreshAt = 0;
  #refreshing: Promise<void> | undefined;

  constructor(
    name: string,
    serializer: TopicSerializer,
    context: { catalogue: Catalogue; settings: ProducerSettings },
  ) {
    this.name = name;
    this.serializer = serializer;
    this.#catalogue = context.catalogue;
    this.#settings = context.settings;
    const { partitioner, batchSize } = context.settings;
    this.#keyless = new KeylessPartition(
      partitioner === 'roundRobin' ? 0 : batchSize,
    );
  }

  get partitionCount(): number {
    return this.#queues.length;
  }

  /** The partition of a record; an index that a record names is not looked at here. */
  partitionFor(record: {
    readonly key: Buffer | null;
    readonly partition: number | undefined;
    readonly bytes: number;
  }): number {
    return (
      choosePartition(record, this.partitionCount) ??
      this.#keyless.next(record.bytes, this.partitionCount)
    );
  }

  queue(partition: number): PartitionQueue {
    return this.#queues[partition] as PartitionQueue;
  }

  /** Looks for partitions that were added, where the last look is too long ago; nobody waits for that. */
  refreshIfOld(now: number): void {
    if (now < this.#refreshAt || this.#refreshing) return;
    // Whatever is wrong with the way to Postgres, the next request says it too.
    this.refresh().catch(() => {});
  }

  /** Reads the topic anew. */
  async refresh(): Promise<void> {
    this.#refreshing ??= this.#read(() => this.#catalogue.reload(this.name));
    try {
      await this.#refreshing;
    } finally {
      this.#refreshing = undefined;
    }
  }

  /** Reads the topic, from the catalogue's memory where it is there. */
  async load(): Promise<void> {
    await this.#read(() => this.#catalogue.topic(this.name));
  }

  /**
   * Sees to it that a partition which a record names exists, reading the topic anew where it is not known.
   *
   * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION
   */
  async requirePartition(partition: number): Promise<void> {
    if (this.hasPartition(partition)) return;
    if (Number.isInteger(partition) && partition >= 0) await this.refresh();
    if (!this.hasPartition(partition))
      partitionOf(await this.#catalogue.topic(this.name), partition);
  }

  hasPartition(partition: number): boolean {
    return this.#queues[partition] !== undefined;
  }

  async #read(read: () => ReturnType<Catalogue['topic']>): Promise<void> {
    const { partitions, config } = await read();
    for (let n = this.#queues.length; n < partitions.length; n += 1)
      this.#queues.push(
        new PartitionQueue(this.name, n, {
          batchSize: this.#settings.batchSize,
          compression: this.#settings.compressionType,
          maxMessageBytes: config.maxMessageBytes,
        }),
      );
    this.#refreshAt = performance.now() + this.#settings.metadataMaxAgeMs;
  }
}
