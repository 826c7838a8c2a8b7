import { bind, type BoundStatement } from '#postgres';
import { forgetReleased } from '../sql/prune-delayed.js';
import type { Cursor } from './cursor.js';
import type { PendingEvent } from './pending-event.js';

/**
 * Where the server's clock was put back, an event may be due before others that were released: it would count as released
 * too. In such shards released events are forgotten, and the cursor begins before all that is left.
 */
export function rewind(
  delayed: readonly PendingEvent[],
  cursors: readonly Cursor[],
): { statements: readonly BoundStatement[]; cursors: readonly Cursor[] } {
  const first = new Map<number, number>();
  for (const { shard, deliverAt = 0 } of delayed)
    first.set(shard, Math.min(deliverAt, first.get(shard) ?? Infinity));
  const back = cursors.filter(
    ({ shard, released }) => (first.get(shard) ?? Infinity) <= released.dueAt,
  );
  if (back.length === 0) return { statements: [], cursors };
  const shards = back.map(({ shard }) => shard);
  return {
    // Before anything is put there by this move.
    statements: [
      bind(forgetReleased, [
        shards,
        back.map(({ released }) => released.dueAt),
        back.map(({ released }) => released.id),
      ]),
    ],
    cursors: cursors.map((cursor) =>
      shards.includes(cursor.shard)
        ? { ...cursor, released: { dueAt: 0, id: 0n } }
        : cursor,
    ),
  };
}
