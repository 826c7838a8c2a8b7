import { describe, expect, it } from '@jest/globals';
import { PostamtError } from '#kernel';
import { eventOf } from '../fixtures/event-of.js';
import { Refusals } from './refusals.js';

const error = new PostamtError('MESSAGE_TOO_LARGE', 'too large');

describe('Refusals', () => {
  it('takes the later events of a key along, and not the earlier ones', () => {
    const events = [1, 2, 3].map((id) => eventOf(id, 'a'));
    const [first, second, third] = events as [never, never, never];
    const refusals = new Refusals(events);
    refusals.refuse(second, error);
    expect(refusals.takes(first)).toBe(false);
    expect(refusals.takes(third)).toBe(true);
    expect(refusals.list.map(({ id }) => id)).toEqual([2n, 3n]);
  });

  it('goes by the order of the shipment, not of the ids', () => {
    const late = eventOf(9, 'a');
    const early = eventOf(2, 'a');
    const refusals = new Refusals([late, early]);
    refusals.refuse(late, error);
    expect(refusals.takes(early)).toBe(true);
  });

  it('leaves other keys alone, the same key of other topics, and events without one', () => {
    const culprit = eventOf(1, 'a');
    const others = [
      eventOf(2, 'b'),
      eventOf(3, 'a', { topicNumber: 2, topic: 'parcels' }),
      eventOf(4, null),
      eventOf(5, ''),
    ];
    const refusals = new Refusals([culprit, ...others]);
    refusals.refuse(culprit, error);
    expect(others.filter((event) => refusals.takes(event))).toEqual([]);
  });

  it('takes nothing along with an event that has no key', () => {
    const [culprit, other] = [eventOf(1, null), eventOf(2, null)];
    const refusals = new Refusals([culprit, other]);
    refusals.refuse(culprit, error);
    expect(refusals.takes(other)).toBe(false);
    expect(refusals.size).toBe(1);
  });
});
