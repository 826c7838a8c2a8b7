import type { Database } from '#postgres';
import { countEvents, type TopicCounts } from '../sql/count-events.js';

const COUNTS = [
  'published',
  'pending',
  'delayed',
  'parked',
  'failed',
  'discarded',
] as const;

/** How many events of the outbox are in which status. */
export interface OutboxStatus extends Record<(typeof COUNTS)[number], number> {
  /** How long ago the oldest of those pending happened, in milliseconds; null where none is pending. */
  readonly oldestPendingMs: number | null;
  /** The same by topic, in the order of their names; a topic without events in the outbox is not among them. */
  readonly topics: readonly TopicCounts[];
}

/**
 * Counts the events of the outbox by status, in one scan of it: for people and for monitoring every minute or so, not for
 * every request; `readBacklog` reads what waits only. What is not committed yet is in no count.
 *
 * @example
 * const { pending, failed, oldestPendingMs } = await readOutboxStatus(db);
 */
export async function readOutboxStatus(db: Database): Promise<OutboxStatus> {
  const topics = await db.transaction(async (tx) => {
    // Without statistics of what waits, each event was held against all of that: minutes in place of a second.
    await tx.query('set local enable_nestloop = off');
    return tx.run(countEvents, []);
  });
  const ages = topics.flatMap(({ oldestPendingMs: age }) => age ?? []);
  const sums = COUNTS.map((name) => [name, sumOf(topics, name)] as const);
  return {
    ...(Object.fromEntries(sums) as Record<(typeof COUNTS)[number], number>),
    oldestPendingMs: ages.length > 0 ? Math.max(...ages) : null,
    topics,
  };
}

function sumOf(
  topics: readonly TopicCounts[],
  name: (typeof COUNTS)[number],
): number {
  return topics.reduce((total, counts) => total + counts[name], 0);
}
