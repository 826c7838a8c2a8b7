/** A point is the median of this many measurements, after one uncounted. */
export const ROUNDS = 3;

/** One size, and what it does to speed. */
export interface Point {
  /** How many topics, partitions, producers, or GiB. */
  readonly size: number;
  /** Records a second. */
  readonly throughput: number;
  /** Seconds from a call to its acknowledgement, the median. */
  readonly latency: number;
  /** Records read and decoded a second, where that was measured. */
  readonly fetched?: number;
}

/** How speed changes with one size. */
export interface Growth {
  readonly name: string;
  /** What `size` counts. */
  readonly sizes: string;
  /** How throughput and latency were measured. */
  readonly how: string;
  readonly points: readonly Point[];
}
