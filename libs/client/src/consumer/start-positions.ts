import { performance } from 'node:perf_hooks';
import { isPostamtError } from '#kernel';
import type { Catalogue } from '#log';
import type { Database } from '#postgres';
import type { ConsumerSettings } from './consumer-options.js';
import type { GroupPartitions } from './group/group-partitions.js';
import { lookUpPositions, retryAt } from './look-up-positions.js';
import type { PartitionTrack } from './partition-track.js';

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

  async #readCommitted(tracks: readonly PartitionTrack[]): Promise<void> {
    const now = performance.now();
    const due = tracks.filter(
      (track) => isUnset(track) && track.notBefore <= now,
    );
    if (!this.#partitions || due.length === 0) return;
    const known = await knownOf(this.#partitions, due);
    const committed = await this.#partitions.committed(known);
    const { autoOffsetReset } = this.#settings;
    for (const [n, track] of known.entries()) {
      // Set elsewhere meanwhile.
      if (!isUnset(track)) continue;
      const found = committed[n];
      if (found) track.seek(found.offset);
      else if (autoOffsetReset !== 'none') track.seekTo(autoOffsetReset);
    }
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
