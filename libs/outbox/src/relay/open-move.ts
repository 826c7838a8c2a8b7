import type { Cursor, Window } from './cursor.js';
import type { PendingEvent } from './pending-event.js';

/** What a move found, before it writes: the locks of `shards` are held until its transaction ends. */
export interface OpenMove {
  readonly shards: readonly number[];
  readonly events: readonly PendingEvent[];
  readonly cursors: readonly Cursor[];
  /** Shards that have more than came. */
  readonly cut: readonly number[];
  /** Where each shard's cursor stood, and what was read from there. */
  readonly windows: readonly {
    readonly cursor: Cursor;
    readonly window: Window;
  }[];
}
