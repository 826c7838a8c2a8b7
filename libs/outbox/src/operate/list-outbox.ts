import type { Database } from '#postgres';
import { resolveFilter, type OutboxFilter } from './outbox-filter.js';
import { listEvents, type ListedEvent } from './sql/list-events.js';
import type { OutboxEventStatus } from './waiting-event.js';

/** Which events of the outbox are to be listed. */
export interface ListFilter extends OutboxFilter {
  readonly status?: OutboxEventStatus;
  /** The most events; 100 by default. */
  readonly limit?: number;
  /** Those behind the one with this number: the `id` of the last one of the page before. */
  readonly after?: bigint;
}

const LIMIT = 100;

/**
 * Lists events of the outbox as `postamt.outbox` shows them, in the order in which they were written, and without reading
 * all of it: a page of what was published or waits takes milliseconds whatever there is (2 cores, Postgres 18). What is
 * pending is sorted, and an event that is named by its id is looked for from end to end, 0.5 s for each million.
 *
 * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION; INVALID_VALUE for an id that is no UUID
 *
 * @example
 * let page = await listOutbox(db, { status: 'FAILED' });
 * page = await listOutbox(db, { status: 'FAILED', after: page.at(-1)?.id ?? 0n });
 */
export async function listOutbox(
  db: Database,
  filter: ListFilter = {},
): Promise<readonly ListedEvent[]> {
  const { status, limit = LIMIT, after = 0n } = filter;
  const { eventId, topicNumber, key, shard } = await resolveFilter(db, filter);
  const values = [
    status ?? null,
    topicNumber,
    key,
    shard,
    eventId,
    after,
    limit,
  ] as const;
  return db.transaction(async (tx) => {
    // A plan made while a part of the ring was empty would read that part from end to end when it has filled.
    await tx.query('set local enable_seqscan = off');
    return tx.run(listEvents, [...values]);
  });
}
