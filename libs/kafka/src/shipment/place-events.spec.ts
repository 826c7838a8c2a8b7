import { describe, expect, it } from '@jest/globals';
import { PostamtError } from '#kernel';
import { partitionForKey } from '#records';
import { eventOf } from '../fixtures/event-of.js';
import { placeEvents, type TopicState } from './place-events.js';
import { Refusals } from './refusals.js';

const topics = new Map([['letters', { partitionCount: 6 }]]);

describe('placeEvents', () => {
  it('places a key where Kafka’s default partitioner does, in the order given', () => {
    const events = ['foobar', 'b', 'foobar'].map((k, n) => eventOf(n + 1, k));
    const placed = placeEvents(events, topics, new Refusals(events), () => 0);
    const partition = partitionForKey(Buffer.from('foobar'), 6);
    const there = placed.find((place) => place.partition === partition);
    expect(there?.events.map(({ id }) => id)).toEqual(
      expect.arrayContaining([1n, 3n]),
    );
    expect(placed.flatMap((place) => place.events)).toHaveLength(3);
  });

  it('gives the events without a key one partition a shipment', () => {
    const events = [1, 2, 3].map((id) => eventOf(id, null));
    const drawn: number[] = [];
    const placed = placeEvents(events, topics, new Refusals(events), (n) => {
      drawn.push(n);
      return 4;
    });
    expect(placed.map(({ partition }) => partition)).toEqual([4]);
    expect(drawn).toEqual([6]);
  });

  it('does not take an empty key for none', () => {
    const events = [eventOf(1, '')];
    const placed = placeEvents(events, topics, new Refusals(events), () => 5);
    expect(placed[0]?.partition).toBe(partitionForKey(Buffer.alloc(0), 6));
  });

  it('refuses the events of a topic that cannot be written', () => {
    const error = new PostamtError('UNKNOWN_TOPIC_OR_PARTITION', 'no');
    const events = [eventOf(1, 'a'), eventOf(2, 'a', { topic: 'gone' })];
    const refusals = new Refusals(events);
    const known = new Map<string, TopicState>([...topics, ['gone', { error }]]);
    const placed = placeEvents(events, known, refusals, () => 0);
    expect(placed.flatMap((place) => place.events)).toEqual([events[0]]);
    expect(refusals.list).toEqual([{ id: 2n, error }]);
  });
});
