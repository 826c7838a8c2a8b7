import { performance } from 'node:perf_hooks';
import { isPostamtError, PostamtError } from '#kernel';
import type { CommittedOffset } from '#groups';
import { offsetForLeaderEpoch, type Catalogue } from '#log';
import type { Database } from '#postgres';
import type { ConsumerSettings } from './consumer-options.js';
import {
  partitionKey,
  placeOf,
  type TopicPartition,
} from './consumer-record.js';
import { divergenceOf } from './group/divergence.js';
import type { GroupPartitions } from './group/group-partitions.js';
import { lookUpPositions, retryAt } from './look-up-positions.js';
import type { PartitionTrack } from './partition-track.js';

/** Where a group has stopped in a partition. */
export interface StoppedAt {
  readonly committed: CommittedOffset | undefined;
  /** Up to where the log has what the group has read, where it has lost some of that. */
  readonly divergingOffset?: bigint | undefined;
}

/** Finds out where partitions begin: where the group has committed, else where `autoOffsetReset` says. */
export class StartPositions {
  readonly #db: Database;
  readonly #catalogue: Catalogue;
  readonly #settings: ConsumerSettings;
  readonly #partitions: GroupPartitions | undefined;

  constructor(parts: {
    readonly db: Database;
    readonly catalogue: Catalogue;
    readonly settings: ConsumerSettings;
    readonly partitions: GroupPartitions | undefined;
  }) {
    this.#db = parts.db;
    this.#catalogue = parts.catalogue;
    this.#settings = parts.settings;
    this.#partitions = parts.partitions;
  }

  /**
   * Sets those partitions whose position is not known. One for which nothing says where has a failure for `poll` to throw.
   *
   * @throws PostamtError POSTGRES_UNAVAILABLE …: then nothing is known, which is not the same as no committed offset
   */
  async lookUp(tracks: readonly PartitionTrack[]): Promise<void> {
    await this.#readCommitted(tracks);
    await lookUpPositions(this.#db, this.#catalogue, tracks);
  }

  /** Compares what the group has read with what the log has now (KIP-320). @throws as {@link StartPositions.lookUp} */
  async compare(
    partitions: readonly TopicPartition[],
    committed: readonly (CommittedOffset | undefined)[],
  ): Promise<StoppedAt[]> {
    const asked = partitions.flatMap((each, n) => {
      const leaderEpoch = committed[n]?.leaderEpoch ?? null;
      return leaderEpoch === null ? [] : { ...placeOf(each), leaderEpoch };
    });
    if (asked.length === 0)
      return committed.map((found) => ({ committed: found }));
    const ends = await offsetForLeaderEpoch(this.#db, this.#catalogue, asked);
    const byKey = new Map(ends.map((end) => [partitionKey(end), end]));
    return partitions.map((each, n) => ({
      committed: committed[n],
      divergingOffset: divergenceOf(
        committed[n],
        byKey.get(partitionKey(each)),
      ),
    }));
  }

  /** Sets a partition to where its group has stopped, or to where it is looked up. */
  begin(track: PartitionTrack, stopped: StoppedAt): void {
    const { autoOffsetReset } = this.#settings;
    const { committed, divergingOffset } = stopped;
    if (!committed) {
      if (autoOffsetReset !== 'none') track.seekTo(autoOffsetReset);
    } else if (divergingOffset === undefined) {
      track.seek(committed.offset);
    } else if (autoOffsetReset === 'none') {
      const error = truncated(track, committed, divergingOffset);
      track.fail(error, retryAt(track));
    } else {
      this.#db.logger.warn(
        { ...placeOf(track), committed: committed.offset, divergingOffset },
        'the log has lost what the group has read; going back to where both agree',
      );
      track.seek(divergingOffset);
    }
  }

  async #readCommitted(tracks: readonly PartitionTrack[]): Promise<void> {
    const now = performance.now();
    const due = tracks.filter(
      (track) => isUnset(track) && track.notBefore <= now,
    );
    if (!this.#partitions || due.length === 0) return;
    const known = await knownOf(this.#partitions, due);
    const committed = await this.#partitions.committed(known);
    const stopped = await this.compare(known, committed);
    // One that was set elsewhere meanwhile stays there.
    for (const [n, track] of known.entries())
      if (isUnset(track)) this.begin(track, stopped[n] as StoppedAt);
  }
}

/** Nobody has said yet where it begins. */
function isUnset({ position, reset }: PartitionTrack): boolean {
  return position === undefined && reset === undefined;
}

/** A partition that is not there is a failure of its own, and does not hold the others up. */
async function knownOf(
  partitions: GroupPartitions,
  tracks: readonly PartitionTrack[],
): Promise<PartitionTrack[]> {
  const known: PartitionTrack[] = [];
  for (const track of tracks) {
    try {
      await partitions.idOf(track);
      known.push(track);
    } catch (error) {
      if (!isPostamtError(error, 'UNKNOWN_TOPIC_OR_PARTITION')) throw error;
      track.fail(error, retryAt(track));
    }
  }
  return known;
}

function truncated(
  partition: TopicPartition,
  { offset, leaderEpoch }: CommittedOffset,
  divergingOffset: bigint,
): PostamtError {
  return new PostamtError(
    'LOG_TRUNCATION',
    `the group has committed ${offset} of ${partitionKey(partition)} in leader epoch ${leaderEpoch}, and the log has lost what was read from ${divergingOffset} on; seek there, or set autoOffsetReset to earliest or latest`,
  );
}
