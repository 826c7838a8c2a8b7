import { isPostamtError } from '#kernel';
import type { Topic } from '#log';
import { countAttempts } from '../sql/count-attempts.js';
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
  const retry = mover.retry ?? RETRY;
  await mover.db.write(countAttempts, [
    keys.map((key) => key.topicNumber),
    keys.map((key) => key.lane),
    retry.maxAttempts,
    retry.backoffMs,
    retry.backoffMaxMs,
  ]);
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
