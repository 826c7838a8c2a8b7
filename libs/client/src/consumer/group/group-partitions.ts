import {
  committedOffsets,
  joinPartitions,
  type CommittedOffset,
  type GroupPartition,
  type OwnedPartition,
} from '#groups';
import { partitionOf, type Catalogue } from '#log';
import type { Database } from '#postgres';
import {
  partitionKey,
  topicNameOf,
  type TopicPartition,
} from '../consumer-record.js';

/** Partitions as a consumer's group sees them: those that it holds as a member, and any others by look-up. */
export class GroupPartitions {
  readonly #db: Database;
  readonly #catalogue: Catalogue;
  readonly #group: string;
  readonly #held = new Map<string, OwnedPartition>();
  readonly #joined = new Map<string, GroupPartition>();

  constructor(db: Database, catalogue: Catalogue, group: string) {
    this.#db = db;
    this.#catalogue = catalogue;
    this.#group = group;
  }

  /** What its member has taken up, and not given up yet. */
  get held(): readonly OwnedPartition[] {
    return [...this.#held.values()];
  }

  find(partition: TopicPartition): OwnedPartition | undefined {
    return this.#held.get(partitionKey(partition));
  }

  hold(partition: OwnedPartition): void {
    this.#held.set(partitionKey(partition), partition);
  }

  drop(partition: OwnedPartition): void {
    this.#held.delete(partitionKey(partition));
  }

  /**
   * What the group has committed of each of these partitions, in their order; undefined = nothing.
   *
   * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION; POSTGRES_UNAVAILABLE …: then nothing is known
   */
  async committed(
    partitions: readonly TopicPartition[],
  ): Promise<(CommittedOffset | undefined)[]> {
    const found = await this.resolve(partitions);
    const offsets = await committedOffsets(this.#db, found);
    return found.map(({ id }) => offsets.get(id));
  }

  /** Those partitions in the group, in their order. @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION */
  async resolve(
    partitions: readonly TopicPartition[],
  ): Promise<(OwnedPartition | GroupPartition)[]> {
    const known = (partition: TopicPartition) =>
      this.find(partition) ?? this.#joined.get(partitionKey(partition));
    await this.#join(partitions.filter((each) => !known(each)));
    return partitions.map((each) => known(each) as GroupPartition);
  }

  async #join(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return;
    const keys = new Map<number, string>();
    for (const partition of partitions)
      keys.set(await this.#idOf(partition), partitionKey(partition));
    const joined = await joinPartitions(this.#db, this.#group, [
      ...keys.keys(),
    ]);
    for (const each of joined)
      this.#joined.set(keys.get(each.partitionId) as string, each);
  }

  /** A partition that was added since the topic was read is looked up once more. */
  async #idOf(partition: TopicPartition): Promise<number> {
    const name = topicNameOf(partition);
    const known = await this.#catalogue.topic(name);
    const topic = known.partitions[partition.partition]
      ? known
      : await this.#catalogue.reload(name);
    return partitionOf(topic, partition.partition).id;
  }
}
