interface Mark {
  readonly endOffset: bigint;
  /** Where the server's WAL ended when this end of the log was first seen: everything before it lies before that. */
  readonly walEnd: bigint;
}

/** What one look at a partition has shown. */
export interface Sighting {
  readonly leaderEpoch: number;
  readonly logEndOffset: bigint;
  /** The end of the server's WAL, read in or after the snapshot that showed the end of the log. */
  readonly walEnd: bigint | undefined;
  /** How far enough standbys have flushed the WAL; undefined where fewer are connected. */
  readonly walFlushed: bigint | undefined;
}

/** So many ends wait for their flush at the most; a newer one then takes the place of the latest. */
const MOST_MARKS = 64;

/**
 * How far a partition is replicated, where readers are held to that. Each new end of the log is marked with the WAL's end
 * at that moment; once enough standbys have flushed past a mark, everything before its offset is replicated. What this
 * says only rises; with a new leader epoch (a standby was promoted) it begins anew.
 */
export class HighWatermarkMarks {
  #marks: Mark[] = [];
  #leaderEpoch = -1;
  #logEndOffset = 0n;
  #highWatermark: bigint | undefined;

  /** Whether anything is known to be replicated. */
  get isKnown(): boolean {
    return this.#highWatermark !== undefined;
  }

  /** Notes what was seen and returns the high watermark; undefined while nothing is known to be replicated. */
  observe(sighting: Sighting): bigint | undefined {
    const { leaderEpoch, logEndOffset, walEnd, walFlushed } = sighting;
    if (leaderEpoch < this.#leaderEpoch) return this.#highWatermark;
    if (leaderEpoch > this.#leaderEpoch) this.#restart(leaderEpoch);
    this.#mark(logEndOffset, walEnd);
    if (walFlushed !== undefined) this.#flush(walFlushed);
    return this.#highWatermark;
  }

  #restart(leaderEpoch: number): void {
    this.#leaderEpoch = leaderEpoch;
    this.#logEndOffset = 0n;
    this.#marks = [];
    this.#highWatermark = undefined;
  }

  #mark(endOffset: bigint, walEnd: bigint | undefined): void {
    if (walEnd === undefined) return;
    // Answers of two fetches may overtake each other; an older one has nothing to tell.
    const isKnown = this.#marks.length > 0 || this.#highWatermark !== undefined;
    if (isKnown && endOffset <= this.#logEndOffset) return;
    this.#logEndOffset = endOffset;
    if (this.#marks.length === MOST_MARKS) this.#marks.pop();
    this.#marks.push({ endOffset, walEnd });
  }

  #flush(walFlushed: bigint): void {
    const waiting = this.#marks.findIndex(({ walEnd }) => walEnd > walFlushed);
    const count = waiting === -1 ? this.#marks.length : waiting;
    const last = this.#marks[count - 1];
    if (!last) return;
    this.#highWatermark = last.endOffset;
    this.#marks = this.#marks.slice(count);
  }
}
