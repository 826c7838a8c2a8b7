import { createHash } from 'node:crypto';
import { PostamtError } from '#kernel';
import type { Database } from '#postgres';
import { shardOf } from '../shard.js';
import { topicNumberOf } from './sql/topic-number-of.js';

/** Which events are meant: those that meet all that is given. */
export interface OutboxFilter {
  /** The event with this id (a UUID). */
  readonly eventId?: string;
  /** Those for this topic. */
  readonly topic?: string;
  /** The same by the topic's number: for a topic that is gone, and has no name any more. */
  readonly topicNumber?: number;
  /** Those with this key; text stands for its UTF-8. */
  readonly key?: string | Buffer;
}

/** A filter as statements take it. */
export interface ResolvedFilter {
  readonly eventId: string | null;
  readonly topicNumber: number | null;
  readonly key: Buffer | null;
  /** The lane of the key's events, in any topic. */
  readonly lane: Buffer | null;
  /** The shard of the key's events. */
  readonly shard: number | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Checks a filter.
 *
 * @throws PostamtError INVALID_VALUE for an id that is no UUID; UNKNOWN_TOPIC_OR_PARTITION
 */
export async function resolveFilter(
  db: Database,
  { eventId, topic, topicNumber, key }: OutboxFilter,
): Promise<ResolvedFilter> {
  if (eventId !== undefined && !UUID.test(eventId)) {
    throw new PostamtError(
      'INVALID_VALUE',
      `${JSON.stringify(eventId)} is no id of an event: give a UUID`,
    );
  }
  const named = topic === undefined ? undefined : await numberOf(db, topic);
  const bytes = typeof key === 'string' ? Buffer.from(key) : (key ?? null);
  return {
    eventId: eventId?.toLowerCase() ?? null,
    topicNumber: named ?? topicNumber ?? null,
    key: bytes,
    lane: bytes && createHash('sha256').update(bytes).digest(),
    shard: bytes && shardOf(bytes, ''),
  };
}

async function numberOf(db: Database, topic: string): Promise<number> {
  const [number] = await db.run(topicNumberOf, [topic]);
  if (number !== undefined) return number;
  throw new PostamtError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `there is no topic ${topic}; events for one that is gone are found by its number, which the status of the outbox shows`,
  );
}
