import { describe, expect, it } from '@jest/globals';
import { explicitSnapshot } from './explicit-snapshot.js';

describe('explicitSnapshot', () => {
  it('names those that may have been open behind the last one that was completed', () => {
    expect(explicitSnapshot('10:20:12,15', 23n)).toBe('10:23:12,15,20,21,22');
    expect(explicitSnapshot('20:20:', 22n)).toBe('20:22:20,21');
  });

  it('leaves a snapshot alone that ends where ids were given out after it', () => {
    expect(explicitSnapshot('10:20:12', 20n)).toBe('10:20:12');
  });

  it('gives up where there may have been too many', () => {
    expect(explicitSnapshot('10:20:12', 520n)).toMatch(/^10:520:12,20,.*,519$/);
    expect(explicitSnapshot('10:20:12', 521n)).toBeUndefined();
  });
});
