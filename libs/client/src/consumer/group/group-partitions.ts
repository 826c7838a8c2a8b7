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
  /** By the number of the partition. */
  readonly #joined = new Map<number, GroupPartition>();

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
    const found = await Promise.all(
      partitions.map(async (each) => this.find(each) ?? this.idOf(each)),
    );
    await this.#join(found.filter((each) => typeof each === 'number'));
    return found.map((each) =>
      typeof each === 'number'
        ? (this.#joined.get(each) as GroupPartition)
        : each,
    );
  }

  /**
   * The partition's number; one that was added since the topic was read is looked up once more.
   *
   * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION
   */
  async idOf(partition: TopicPartition): Promise<number> {
    const name = topicNameOf(partition);
    const known = await this.#catalogue.topic(name);
    const topic = known.partitions[partition.partition]
      ? known
      : await this.#catalogue.reload(name);
    return partitionOf(topic, partition.partition).id;
  }

  async #join(partitionIds: readonly number[]): Promise<void> {
    const wanted = partitionIds.filter((id) => !this.#joined.has(id));
    if (wanted.length === 0) return;
    const joined = await joinPartitions(this.#db, this.#group, wanted);
    for (const each of joined) this.#joined.set(each.partitionId, each);
  }
}
