import { describe, expect, it } from '@jest/globals';
import { readyAt } from './batch-readiness.js';

const fresh = {
  createdAt: 1_000,
  notBefore: 0,
  isFull: false,
  isHurried: false,
};

describe('readyAt', () => {
  it('lets a batch go at once where nothing lingers', () => {
    expect(readyAt(fresh, 0)).toBe(0);
  });

  it('lets a batch go when it has lingered', () => {
    expect(readyAt(fresh, 5)).toBe(1_005);
  });

  it.each(['isFull', 'isHurried'])('lets a batch go at once that %s', (why) => {
    expect(readyAt({ ...fresh, [why]: true }, 5)).toBe(0);
  });

  it('holds a batch back that failed, full or hurried or not', () => {
    const failed = { ...fresh, notBefore: 2_000, isFull: true };
    expect(readyAt({ ...failed, isHurried: true }, 0)).toBe(2_000);
  });
});
