import type { OutboxFilter } from './outbox-filter.js';
import type { DiscardedEvent } from './waiting-event.js';

/** Which parked keys are meant, by the event that the others of each wait for. */
export interface ParkedFilter extends OutboxFilter {
  /** PARKED = those that relays try again; FAILED = those that they do not try any more. Both by default. */
  readonly status?: 'PARKED' | 'FAILED';
}

/** Which events are to be discarded, by what `postamt.outbox` shows. */
export interface DiscardFilter extends OutboxFilter {
  readonly status?: 'DELAYED' | 'PARKED' | 'FAILED';
}

export interface OperateOptions {
  /** Say what would be done, and do nothing. */
  readonly dryRun?: boolean;
  /** Stop after so many events. */
  readonly limit?: number;
}

export interface DiscardOptions extends OperateOptions {
  /**
   * Is handed events, with their values, before they are discarded: they are not where it rejects. What it was handed may
   * not have been discarded after all, where the transaction fails then. It has a few seconds: the shard's lock is held.
   */
  readonly keep?: (events: readonly DiscardedEvent[]) => Promise<void>;
  /** Who did it, as noted in `outbox_batches`; `operator` by default. */
  readonly by?: string;
}
