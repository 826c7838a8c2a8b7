import { describe, expect, it } from '@jest/globals';
import { requireReset, type AutoOffsetReset } from './offset-reset.js';

describe('requireReset', () => {
  it.each(['earliest', 'latest', 'none', { durationMs: 0 }])(
    'takes %j',
    (value) => {
      expect(requireReset(value as AutoOffsetReset)).toBeUndefined();
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
    expect(() => requireReset(value as AutoOffsetReset)).toThrow(
      `autoOffsetReset is ${JSON.stringify(value)}`,
    );
  });
});
