import { PostamtError } from '#kernel';
import type { OutboxEvent } from './outbox-event.js';

/** When an event may go into its topic; both null = at once. */
export interface DeliveryTime {
  /** In milliseconds since 1970. */
  readonly deliverAt: number | null;
  /** In milliseconds from when the INSERT runs, by the database's clock. */
  readonly deliverAfterMs: number | null;
}

/** Ten years, leap days included. */
export const LONGEST_DELAY_MS = 3_653 * 86_400_000;

/**
 * Checks an event's delay; `owner` begins the message of what is refused.
 *
 * @throws PostamtError INVALID_VALUE for what is no time, a negative one, more than ten years, and both at once
 */
export function deliveryTime(
  { deliverAt, deliverAfterMs }: OutboxEvent,
  owner: string,
): DeliveryTime {
  if (deliverAt !== undefined && deliverAfterMs !== undefined)
    throw invalid(owner, 'deliverAt and deliverAfterMs: give one of them');
  if (deliverAfterMs !== undefined) {
    requireWhole(owner, 'deliverAfterMs', deliverAfterMs, LONGEST_DELAY_MS);
    return { deliverAt: null, deliverAfterMs: deliverAfterMs || null };
  }
  if (deliverAt === undefined) return { deliverAt: null, deliverAfterMs: null };
  const at = deliverAt instanceof Date ? deliverAt.getTime() : deliverAt;
  requireWhole(owner, 'deliverAt', at, Date.now() + LONGEST_DELAY_MS);
  return { deliverAt: at, deliverAfterMs: null };
}

function requireWhole(
  owner: string,
  name: string,
  given: number,
  most: number,
): void {
  if (Number.isSafeInteger(given) && given >= 0 && given <= most) return;
  throw invalid(
    owner,
    `the ${name} ${String(given)}: give whole milliseconds of at most ten years from now`,
  );
}

function invalid(owner: string, fault: string): PostamtError {
  return new PostamtError('INVALID_VALUE', `${owner} has ${fault}`);
}
