import type { PostamtError } from '#kernel';

/** One partition to be read. */
export interface FetchRequest {
  readonly topic: string;
  /** The partition's index in the topic. */
  readonly partition: number;
  /** The offset of the first record wanted. */
  readonly offset: bigint;
  /** About how many bytes; 1 MiB by default (`max.partition.fetch.bytes`). The first batch comes whatever its size. */
  readonly maxBytes?: number;
  /** Read only what lies wholly below this offset. */
  readonly upTo?: bigint;
  /**
   * The leader epoch of the last batch that was read before `offset` (KIP-320). With it a reader is told when the log
   * has lost what it has read: LOG_TRUNCATION.
   */
  readonly lastFetchedEpoch?: number;
}

/** How {@link fetch} reads. */
export interface FetchOptions {
  /**
   * About how many bytes over all partitions; 50 MiB by default (`fetch.max.bytes`). They are given out in the order of
   * the requests, and the first batch of the first partition that has one comes whatever its size: a caller that wants
   * to be fair moves those that got something to the end of the next call.
   */
  readonly maxBytes?: number;
  /**
   * What to do with a batch whose stored bytes were damaged. `error` (the default): give what stands before it, and when
   * it is the first, the error. `skip`: leave it out and list it in `skipped`.
   */
  readonly onCorrupt?: 'error' | 'skip';
}

/** A batch as it stands in the log: base offset and leader epoch are filled in, its CRC was checked. */
export interface FetchedBatch {
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  readonly leaderEpoch: number;
  readonly bytes: Buffer;
}

/** A batch that was left out since it is corrupt. */
export interface SkippedBatch {
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
}

/** What was read of one partition. Its first batch may begin before the offset that was asked for. */
export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  /** Where the log begins; -1 where an error left that unknown, as with the next three. */
  readonly logStartOffset: bigint;
  /** Where the next append goes. */
  readonly logEndOffset: bigint;
  /** Up to where readers see; the log's end unless `consumer.visibility` holds them to what is replicated. */
  readonly highWatermark: bigint;
  readonly leaderEpoch: number;
  readonly batches: readonly FetchedBatch[];
  /** Where to read on: behind the batches and what was skipped. */
  readonly nextOffset: bigint;
  /** Why nothing could be read; there are no batches then. */
  readonly error?: PostamtError;
  /** With LOG_TRUNCATION: up to here the log has what the reader has read. */
  readonly divergingOffset?: bigint;
  readonly skipped: readonly SkippedBatch[];
}
