import { describe, expect, it } from '@jest/globals';
import { PollPace } from './poll-pace.js';

describe('PollPace', () => {
  it('waits for the longest interval while nothing is found', () => {
    const pace = new PollPace(10_000, 0);
    expect(pace.waitMs(4_000)).toBe(6_000);
    pace.looked(false, 10_000);
    expect(pace.waitMs(10_000)).toBe(10_000);
    expect(pace.waitMs(25_000)).toBe(0);
  });

  it('comes back soon after something was found, and then later and later', () => {
    const pace = new PollPace(1_000, 0);
    pace.looked(true, 1_000);
    const waits = [0, 0, 0, 0, 0].map(() => {
      const wait = pace.waitMs(1_000);
      pace.looked(false, 1_000);
      return wait;
    });
    expect(waits).toEqual([250, 375, 562.5, 843.75, 1_000]);
  });

  it('never waits for longer than it was told to', () => {
    const pace = new PollPace(100, 0);
    pace.looked(true, 100);
    expect(pace.waitMs(100)).toBe(100);
  });
});
