import type { Database } from '#postgres';
import { countEvents, type TopicCounts } from '../sql/count-events.js';

/** How many events of the outbox are in which status. */
export interface OutboxStatus {
  /** Moved into their topics, and still in the outbox. */
  readonly published: number;
  /** Committed and not moved yet. */
  readonly pending: number;
  /** How long ago the oldest of those pending happened, in milliseconds; null where none is pending. */
  readonly oldestPendingMs: number | null;
  /** The same by topic, in the order of their names; a topic without events in the outbox is not among them. */
  readonly topics: readonly TopicCounts[];
}

/**
 * Counts the events of the outbox, in one scan of it: for people and for monitoring every minute or so, not for every
 * request. What is not committed yet is in no count.
 *
 * @example
 * const { pending, oldestPendingMs } = await readOutboxStatus(db);
 */
export async function readOutboxStatus(db: Database): Promise<OutboxStatus> {
  const topics = await db.run(countEvents, []);
  const ages = topics.flatMap(({ oldestPendingMs: age }) => age ?? []);
  return {
    published: sum(topics.map(({ published }) => published)),
    pending: sum(topics.map(({ pending }) => pending)),
    oldestPendingMs: ages.length > 0 ? Math.max(...ages) : null,
    topics,
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
