import { describe, expect, it } from '@jest/globals';
import { topicConfig, type Topic } from '#log';
import { boundMove } from './bound-move.js';
import type { Cursor } from './cursor.js';
import type { OpenMove } from './open-move.js';
import type { PendingEvent } from './pending-event.js';

const wide: Topic = {
  number: 1,
  id: '00000000-0000-0000-0000-000000000000',
  name: 'wide',
  config: topicConfig({ 'max.message.bytes': 1_000 }),
  overrides: {},
  partitions: Array.from({ length: 5_000 }, (_, index) => ({
    id: index,
    index,
    leaderEpoch: 0,
  })),
  segmentNumber: 0,
  leaf: 'log_1_0',
};
const topics = new Map([[1, wide]]);

const cursorOf = (shard: number): Cursor => ({
  shard,
  number: 4n,
  incarnation: '1',
  snapshot: '10:10:',
  page: undefined,
});

/** Events of two shards in turn, each with a key of its own; only shard 1 has events from `from` on. */
function moveOf(count: number): OpenMove {
  const events = Array.from({ length: count }, (_, n): PendingEvent => ({
    id: BigInt(n + 1),
    shard: n % 2,
    eventId: `e${n}`,
    topicNumber: 1,
    timestamp: 0,
    key: Buffer.from(`key ${n}`),
    value: null,
    headers: null,
  }));
  const windows = [0, 1].map((shard) => ({
    cursor: cursorOf(shard),
    window: { shard, last: '10:10:', upTo: '20:20:', lastId: 0n },
  }));
  const cursors = [0, 1].map((shard) => ({
    ...cursorOf(shard),
    number: 5n,
    snapshot: '20:20:',
  }));
  return { shards: [0, 1], events, cursors, cut: [], windows };
}

describe('boundMove', () => {
  it('leaves a move alone that touches no more partitions than a transaction may lock', () => {
    const move = moveOf(1_000);
    expect(boundMove(move, topics)).toBe(move);
  });

  it('cuts behind the last event that fits, and pages the shards that lost events', () => {
    const move = moveOf(3_000);
    const bounded = boundMove(move, topics);
    expect(bounded.events.length).toBeGreaterThanOrEqual(1_000);
    expect(bounded.events.length).toBeLessThan(3_000);
    expect(bounded.events).toEqual(move.events.slice(0, bounded.events.length));
    expect(new Set(bounded.cut)).toEqual(new Set([0, 1]));
    for (const { shard, snapshot, page } of bounded.cursors) {
      const last = bounded.events.findLast((event) => event.shard === shard);
      expect({ snapshot, page }).toEqual({
        snapshot: '10:10:',
        page: { snapshot: '20:20:', lastId: last?.id },
      });
    }
  });

  it('does not move the cursor of a shard none of whose events fits', () => {
    const move = moveOf(3_000);
    const late: PendingEvent[] = move.events.map((event, n) => ({
      ...event,
      shard: n < 2_500 ? 0 : 1,
    }));
    const bounded = boundMove({ ...move, events: late }, topics);
    expect(bounded.cursors.map(({ shard }) => shard)).toEqual([0]);
    expect(new Set(bounded.cut)).toEqual(new Set([0, 1]));
  });
});
