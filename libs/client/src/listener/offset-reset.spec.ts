import { describe, expect, it } from '@jest/globals';
import { isOffsetReset } from './offset-reset.js';

describe('isOffsetReset', () => {
  it.each(['earliest', 'latest', 'none', { durationMs: 0 }])(
    'takes %j',
    (value) => {
      expect(isOffsetReset(value)).toBe(true);
    },
  );

  it.each([
    'first',
    undefined,
    null,
    7,
    {},
    { durationMs: -1 },
    { durationMs: 0.5 },
  ])('refuses %j', (value) => {
    expect(isOffsetReset(value)).toBe(false);
  });
});
