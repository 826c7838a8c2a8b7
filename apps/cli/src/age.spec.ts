import { describe, expect, it } from '@jest/globals';
import { formatAge } from './age.js';

describe('formatAge', () => {
  it.each([
    [null, '-'],
    [0, '0 ms'],
    [999, '999 ms'],
    [1_000, '1 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [7_300_000, '2 h'],
    [200_000_000, '2 d'],
  ])('shows %p as %s', (milliseconds, text) => {
    expect(formatAge(milliseconds)).toBe(text);
  });
});
