import { PostamtError } from '#kernel';
import type { Database } from '#postgres';
import { listOutbox } from './list-outbox.js';
import type { OutboxEventStatus } from './waiting-event.js';

/** What was to be done to an event that was named. */
export type Wish = 'retried' | 'skipped' | 'discarded';

const WHY: Record<OutboxEventStatus, string> = {
  PENDING:
    'is PENDING: a relay moves it next; it can be discarded only while it is delayed or parked',
  DELAYED: 'is DELAYED, and its key is not parked: discard it, or wait',
  PUBLISHED: 'is PUBLISHED',
  PARKED: 'is PARKED',
  FAILED: 'is FAILED, and does not meet the rest of what was asked for',
  DISCARDED: 'is DISCARDED already',
};

/**
 * Says why nothing could be done to the one event that was named.
 *
 * @throws PostamtError KEY_PARKED or INVALID_VALUE
 */
export async function explainNothing(
  db: Database,
  eventId: string,
  wish: Wish,
): Promise<never> {
  const [event] = await listOutbox(db, { eventId, limit: 1 });
  const what = `event ${eventId} cannot be ${wish}:`;
  if (!event) {
    throw new PostamtError(
      'INVALID_VALUE',
      `${what} the outbox has no such event, or not any more`,
    );
  }
  if (wish === 'skipped' && event.status === 'PARKED') {
    throw new PostamtError(
      'KEY_PARKED',
      `${what} it waits behind another event of its key, or is about to be tried; skip the one that failed, or discard this one`,
    );
  }
  const where =
    event.status === 'PUBLISHED' && event.partition !== null
      ? ` in ${event.topic}-${event.partition}`
      : '';
  throw new PostamtError(
    'INVALID_VALUE',
    `${what} it ${WHY[event.status]}${where}`,
  );
}
