import { isPostamtError } from '#kernel';
import type { Topic } from '#log';
import { bind } from '#postgres';
import { goOnFromCursor } from '../sql/go-on-from-cursor.js';
import { countAttempts } from '../sql/count-attempts.js';
import { takeBackAttempts } from '../sql/take-back-attempts.js';
import { tryShards } from '../sql/try-shards.js';
import { findBrokenFor } from './find-broken.js';
import { RETRY, type Mover } from './mover.js';
import type { Parked } from './parked-source.js';
import type { PendingEvent } from './pending-event.js';

/** Counts an attempt of each key that is tried, whatever becomes of the move, or of this process. */
export async function beginAttempts(
  mover: Mover,
  source: Parked,
  taken: readonly PendingEvent[],
): Promise<void> {
  const keys = source.tried(taken);
  const { maxAttempts, backoffMs, backoffMaxMs } = mover.retry ?? RETRY;
  // Not through `run`, which waits for standbys, nor on a connection for writing: all of these may be held by moves.
  await mover.db.transaction((tx) =>
    tx.run(countAttempts, [
      keys.map((key) => key.topicNumber),
      keys.map((key) => key.lane),
      maxAttempts,
      backoffMs,
      backoffMaxMs,
    ]),
  );
  source.counted = keys;
}

/** The attempt may have been what ended the session, or it may have committed. */
const UNCLEAR = ['POSTGRES_UNAVAILABLE', 'OUTCOME_UNKNOWN'];

/**
 * After a move that failed: where that was nobody's fault (a sink that is out of reach, a disk that is full, a lock that
 * did not come), the keys keep their attempts. The move's transaction is over.
 */
export async function excuseAttempts(
  { db, retry = RETRY }: Mover,
  { counted }: Parked,
  error: unknown,
): Promise<void> {
  if (!isPostamtError(error) || !error.retriable) return;
  if (counted.length === 0 || UNCLEAR.includes(error.code)) return;
  const shards = [...new Set(counted.map(({ shard }) => shard))].toSorted(
    (a, b) => a - b,
  );
  await db.transaction(async (tx) => {
    const locks = tx.lockKeys('outboxShard', shards);
    const held = await tx.run(tryShards, [shards, locks]);
    const free = held.map(({ shard }) => shard);
    await tx.run(takeBackAttempts, [
      counted.map((key) => key.topicNumber),
      counted.map((key) => key.lane),
      free,
      retry.backoffMs,
    ]);
    await tx.writeAndCommit(free.map((shard) => bind(goOnFromCursor, [shard])));
  });
}

/**
 * The topics, as they are now: what a key was parked for may be mended, and half a minute until that gets about may be
 * more than all attempts take.
 */
export async function topicsNow(
  { catalogue }: Mover,
  numbers: ReadonlySet<number>,
): Promise<ReadonlyMap<number, Topic>> {
  const known = await catalogue.topicsByNumber(numbers);
  for (const number of numbers) {
    const topic = known.get(number);
    if (topic) await catalogue.reload(topic.name).catch(unlessGone);
  }
  return catalogue.topicsByNumber(numbers);
}

function unlessGone(error: unknown): void {
  if (!isPostamtError(error, 'UNKNOWN_TOPIC_OR_PARTITION')) throw error;
}

/**
 * The mover for an attempt: a partition that refused a key before is tried alone first, so that other keys do not pay
 * for it with attempts of theirs, and so that it is known when it takes what it is given again.
 */
export async function moverOfAttempt(
  mover: Mover,
  source: Parked,
  taken: readonly PendingEvent[],
  topics: ReadonlyMap<number, Topic>,
): Promise<Mover> {
  if (mover.sink) return mover;
  const suspects = source.suspects(taken);
  const broken = await findBrokenFor(mover, suspects, topics);
  return { ...mover, broken };
}
