import { describe, expect, it } from '@jest/globals';
import { defineTopic } from '#schemas';
import { subscriptionOf } from './subscription.js';

describe('subscriptionOf', () => {
  it('takes names and definitions, each once', () => {
    const doors = defineTopic('doors', { value: 'string' });
    expect(subscriptionOf(['doors', doors, 'windows'])).toEqual({
      topics: ['doors', 'windows'],
    });
  });

  it('takes a pattern that keeps no state', () => {
    expect(subscriptionOf(/^door/i)).toEqual({ pattern: /^door/i });
    for (const pattern of [/door/g, /door/y])
      expect(() => subscriptionOf(pattern)).toThrow(String(pattern));
  });

  it('refuses nothing at all', () => {
    expect(() => subscriptionOf([])).toThrow('unsubscribe');
  });
});
