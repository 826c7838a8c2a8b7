import { describe, expect, it } from '@jest/globals';
import { topicConfig, type Topic } from '#log';
import { fittingEvents } from './fitting-events.js';
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

/** Events with a key of their own each. */
function eventsOf(count: number): PendingEvent[] {
  return Array.from({ length: count }, (_, n) => ({
    id: BigInt(n + 1),
    shard: n % 2,
    eventId: `e${n}`,
    topicNumber: 1,
    timestamp: 0,
    deliverAt: undefined,
    key: Buffer.from(`key ${n}`),
    value: null,
    headers: null,
  }));
}

describe('fittingEvents', () => {
  it('takes all that go to no more partitions than a transaction may lock', () => {
    const events = eventsOf(1_000);
    expect(fittingEvents(events, topics)).toBe(events);
  });

  it('cuts behind the last event that fits', () => {
    const events = eventsOf(3_000);
    const fitting = fittingEvents(events, topics);
    expect(fitting.length).toBeGreaterThanOrEqual(1_000);
    expect(fitting.length).toBeLessThan(3_000);
    expect(fitting).toEqual(events.slice(0, fitting.length));
  });

  it('counts all events without a key as one partition', () => {
    const events = eventsOf(3_000).map((event) => ({ ...event, key: null }));
    expect(fittingEvents(events, topics)).toBe(events);
  });
});
