import { describe, expect, it } from '@jest/globals';
import { requireReset, resetTarget } from './offset-reset.js';

describe('resetTarget', () => {
  it('counts a duration back from now, and leaves the rest as it is', () => {
    expect(resetTarget({ durationMs: 400 }, 1_000)).toBe(600);
    expect(resetTarget({ durationMs: 4_000 }, 1_000)).toBe(0);
    expect(resetTarget('latest', 1_000)).toBe('latest');
    expect(resetTarget('none')).toBe('none');
  });

  it('refuses what it does not know', () => {
    expect(() => requireReset({ durationMs: -1 })).toThrow('"durationMs":-1');
    expect(() => requireReset('soon' as 'latest')).toThrow('"soon"');
    expect(requireReset({ durationMs: 1 })).toBeUndefined();
  });
});
