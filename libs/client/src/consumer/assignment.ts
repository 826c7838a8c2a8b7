import { PostamtError } from '#kernel';
import {
  partitionKey,
  topicNameOf,
  type TopicPartition,
} from './consumer-record.js';
import { PartitionTrack, type PositionReset } from './partition-track.js';

/** The partitions of a consumer. Who was given records last stands last. */
export class Assignment {
  readonly #tracks = new Map<string, PartitionTrack>();
  readonly #start: PositionReset | undefined;

  /** @param start where a partition begins that nothing else says it of; undefined = to be found out */
  constructor(start: PositionReset | undefined) {
    this.#start = start;
  }

  /** These partitions and no others; one that was there before stays where it is. */
  set(partitions: readonly TopicPartition[]): void {
    const kept = new Map(this.#tracks);
    this.#tracks.clear();
    for (const partition of partitions) {
      const key = partitionKey(partition);
      this.#tracks.set(key, kept.get(key) ?? this.#newTrack(partition));
    }
  }

  /** One more partition. */
  add(partition: TopicPartition): PartitionTrack {
    const track = this.#newTrack(partition);
    this.#tracks.set(partitionKey(partition), track);
    return track;
  }

  /** That one no more. */
  remove(partition: TopicPartition): void {
    this.#tracks.delete(partitionKey(partition));
  }

  /** Those partitions, or all. */
  tracks(partitions?: readonly TopicPartition[]): PartitionTrack[] {
    if (!partitions) return [...this.#tracks.values()];
    return partitions.map((partition) => this.track(partition));
  }

  /** @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION where it is not assigned */
  track(partition: TopicPartition): PartitionTrack {
    const track = this.find(partition);
    if (track) return track;
    throw new PostamtError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `${partitionKey(partition)} is not assigned to this consumer; it has ${[...this.#tracks.keys()].join(', ') || 'none'}`,
    );
  }

  find(partition: TopicPartition): PartitionTrack | undefined {
    return this.#tracks.get(partitionKey(partition));
  }

  moveLast(track: PartitionTrack): void {
    const key = partitionKey(track);
    if (this.#tracks.delete(key)) this.#tracks.set(key, track);
  }

  #newTrack(partition: TopicPartition): PartitionTrack {
    const track = new PartitionTrack(
      topicNameOf(partition),
      partition.partition,
    );
    if (this.#start !== undefined) track.seekTo(this.#start);
    return track;
  }
}
