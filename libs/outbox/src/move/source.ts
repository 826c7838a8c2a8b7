import type { PostamtError } from '#kernel';
import type { BoundStatement } from '#postgres';
import type { Cursor } from './cursor.js';
import type { PendingEvent } from './pending-event.js';

/** Where a move takes its events from, and how it is written that they are not to be found there again. */
export interface Source {
  readonly name: 'difference' | 'delayed' | 'parked' | 'foreign';
  /** The server on which the events were written, where that is another one. */
  readonly origin?: string;
  /** In the order in which they are to stand; all of one lane are of one source. */
  readonly events: readonly PendingEvent[];
  /** Whether there is known to be more than came. */
  readonly hasMore: boolean;
  /** Says what is to be written. Nothing = the source needs no more than what is read. */
  conclude(outcome: Outcome, retry: RetryPolicy): Conclusion;
}

/** What became of the events that a move has taken: the first ones of its source. */
export interface Outcome {
  readonly taken: readonly PendingEvent[];
  readonly shipped: readonly PendingEvent[];
  readonly delayed: readonly PendingEvent[];
  readonly held: readonly HeldEvent[];
}

/** An event that waits behind a failure, its own (`error`) or that of one before it. */
export interface HeldEvent {
  readonly event: PendingEvent;
  readonly error: PostamtError | undefined;
}

/** What is written at the end of a move, beside what the sink asks for. */
export interface Conclusion {
  readonly statements: readonly BoundStatement[];
  readonly cursors: readonly Cursor[];
  /** Whether something waits or waited, so that `next_due` and `parked` are to be found anew. */
  readonly settles: boolean;
  /** Shards that have more than was taken. */
  readonly cut: readonly number[];
}

/** How often a failing key is tried before somebody has to look, and how long it waits in between. */
export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
}
