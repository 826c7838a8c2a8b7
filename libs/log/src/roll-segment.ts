import { isPostamtError } from '#kernel';
import { bind, sqlStateOf, takeLocks, type Database, type Tx } from '#postgres';
import { leafDdl, leafName } from './leaf.js';
import {
  noteProducers,
  openSegment,
  sealPartitions,
  sealSegment,
} from './sql/seal-segment.js';
import { readTopics } from './sql/read-topics.js';
import type { Topic } from './topic.js';

/** Appends wait while the lock is waited for: rather later than for long. */
const LOCK_TIMEOUT_MS = 1_000;
/** duplicate_table, unique_violation: somebody else has just made that leaf. */
const MADE_ALREADY = ['42P07', '23505'];

/**
 * Seals the active segment of a topic and opens the next one, in one transaction. The leaf is made before the topic's
 * lock is asked for; from there to COMMIT there is no round trip to a client, so that appends wait for one small
 * transaction.
 *
 * @returns false where it was not done: somebody else did it meanwhile, or the lock did not come within a second
 * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION is not thrown: a topic that is gone has nothing to seal;
 * POSTGRES_UNAVAILABLE, OUTCOME_UNKNOWN
 */
export async function rollSegment(
  db: Database,
  topicName: string,
): Promise<boolean> {
  const [topic] = await db.run(readTopics, [[topicName], null]);
  if (!topic) return false;
  try {
    await db.transaction((tx) => roll(tx, topic), {
      writer: true,
      lockTimeoutMs: LOCK_TIMEOUT_MS,
    });
    return true;
  } catch (error) {
    if (isLostRace(error)) return false;
    throw error;
  }
}

async function roll(tx: Tx, topic: Topic): Promise<void> {
  const { number, segmentNumber, leaf } = topic;
  const next = leafName(number, segmentNumber + 1);
  await tx.query(leafDdl(tx.schema, next));
  await tx.writeAndCommit([
    bind(takeLocks, [tx.lockKeys('topic', [number])]),
    bind(sealPartitions(leaf), [number, segmentNumber]),
    bind(sealSegment, [number, segmentNumber]),
    bind(openSegment, [number, segmentNumber, next]),
    bind(noteProducers(leaf), []),
  ]);
}

function isLostRace(error: unknown): boolean {
  const state = sqlStateOf(error);
  return (
    isPostamtError(error, 'STALE_LEAF') ||
    isPostamtError(error, 'TIMED_OUT') ||
    (state !== undefined && MADE_ALREADY.includes(state))
  );
}
