/** What is looked at when a partition's first batch is to go out. All times are of the monotonic clock. */
export interface BatchView {
  /** When its first record came. */
  readonly createdAt: number;
  /** When it may be sent again after a failure; 0 where it has not failed. */
  readonly notBefore: number;
  /** Whether it will not grow any more. */
  readonly isFull: boolean;
  /** Whether somebody waits for it: a flush, a close, a call that waits for memory. */
  readonly isHurried: boolean;
}

/**
 * When a batch is to go out, in milliseconds of the monotonic clock; 0 = now. As Kafka's accumulator: a failed one after
 * its back-off, a full or hurried one at once, another one when it has lingered.
 */
export function readyAt(batch: BatchView, lingerMs: number): number {
  if (batch.notBefore > 0) return batch.notBefore;
  if (batch.isFull || batch.isHurried || lingerMs === 0) return 0;
  return batch.createdAt + lingerMs;
}
