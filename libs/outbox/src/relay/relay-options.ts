import type { Sink } from '../sink/sink.js';

export interface RelayOptions {
  /** Stands beside each batch that this relay moves; made up by default. */
  readonly id?: string;
  /**
   * How often an idle relay looks although nothing woke it, in milliseconds; 10,000 by default. After such a look has
   * found something it looks more often for a while.
   */
  readonly pollIntervalMs?: number;
  /** How often a failing key is tried before it is FAILED and somebody has to look; 10 by default. */
  readonly maxAttempts?: number;
  /** How long a failing key waits before its second attempt, in milliseconds; 1,000 by default. Each wait is twice the one before. */
  readonly retryBackoffMs?: number;
  /** The longest wait between two attempts, in milliseconds; 300,000 by default. */
  readonly retryBackoffMaxMs?: number;
  /** Where to, when that is not the log of this database. All relays of an installation must be given the same. */
  readonly sink?: Sink;
}

/** How a relay is doing. */
export interface RelayStatus {
  readonly id: string;
  readonly state: 'running' | 'failing' | 'stopped';
  /** Events moved since it was started. */
  readonly moved: number;
  /** Events put behind a failure since it was started: those that failed, and those of the same keys after them. */
  readonly parked: number;
  /** Moves that failed since it was started; each was tried again. */
  readonly failures: number;
  /** What the last move failed with, while the relay has not moved anything since. */
  readonly lastError: string | undefined;
}
