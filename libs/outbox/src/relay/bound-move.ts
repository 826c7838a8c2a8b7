import { MOST_LOCKS } from '#postgres';
import { partitionForKey } from '#records';
import type { Topic } from '#log';
import { advance } from './cursor.js';
import type { OpenMove } from './open-move.js';
import type { PendingEvent } from './pending-event.js';

/**
 * Cuts a move behind the event that would touch one partition too many: each is a lock of the transaction, and the lock
 * table is the whole server's. What is cut off comes with the next move, as a page does.
 */
export function boundMove(
  move: OpenMove,
  topics: ReadonlyMap<number, Topic>,
): OpenMove {
  const fitting = countFitting(move.events, topics);
  if (fitting === move.events.length) return move;
  const events = move.events.slice(0, fitting);
  const put = new Set(move.events.slice(fitting).map((event) => event.shard));
  const cursors = move.windows.flatMap(({ cursor, window }) => {
    if (!put.has(cursor.shard)) {
      return move.cursors.filter((next) => next.shard === cursor.shard);
    }
    const last = events.findLast((event) => event.shard === cursor.shard);
    return last
      ? [advance(cursor, window, { cut: true, lastId: last.id })]
      : [];
  });
  return { ...move, events, cursors, cut: [...new Set([...move.cut, ...put])] };
}

/** How many of the leading events go to no more partitions than a transaction may lock. */
function countFitting(
  events: readonly PendingEvent[],
  topics: ReadonlyMap<number, Topic>,
): number {
  const partitions = new Set<string>();
  for (const [at, { topicNumber, key }] of events.entries()) {
    const count = topics.get(topicNumber)?.partitions.length ?? 1;
    const index = key ? partitionForKey(key, count) : 'sticky';
    partitions.add(`${topicNumber}-${index}`);
    if (partitions.size > MOST_LOCKS) return at;
  }
  return events.length;
}
