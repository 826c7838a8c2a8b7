import { describe, expect, it } from '@jest/globals';
import { waitForTurn } from './pace.js';

describe('waitForTurn', () => {
  it.each([
    [0, 0, 0],
    [10, 0, 100],
    [10, 40, 60],
    [10, 100, 0],
    [10, 500, 0],
  ])('lets record %i wait, after %i ms, for %i ms', (sent, elapsedMs, wait) => {
    expect(waitForTurn({ sent, perSecond: 100, elapsedMs })).toBe(wait);
  });
});
