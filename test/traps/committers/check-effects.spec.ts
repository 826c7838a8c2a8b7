import { describe, expect, it } from '@jest/globals';
import { checkEffects } from './check-effects.js';

describe('checkEffects', () => {
  it('finds nothing where each effect is there once', () => {
    expect(checkEffects(3n, [2n, 0n, 1n])).toEqual([]);
  });

  it('names a record that was applied twice', () => {
    expect(checkEffects(2n, [0n, 1n, 1n])).toEqual([
      { rule: 'duplicate', detail: 'the record at 1 was applied 2 times' },
    ]);
  });

  it('names a record that was not applied', () => {
    expect(checkEffects(2n, [1n])).toEqual([
      { rule: 'lost', detail: 'the record at 0 was applied 0 times' },
    ]);
  });
});
