import type { Database } from '#postgres';
import type { MemberBook } from '../member-book.js';
import type { MemberOrder } from './member-order.js';
import type { SlowHand } from './slow-hand.js';

/** What a member of a run works with. */
export interface MemberParts {
  readonly db: Database;
  readonly order: MemberOrder;
  readonly book: MemberBook;
  readonly hand: SlowHand;
}

/** A member of a group, which reads until it is stopped. */
export interface Member {
  start(): Promise<void>;
  /** Finishes what is under way, and leaves. */
  stop(): Promise<void>;
}
