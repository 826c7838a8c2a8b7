import { describe, expect, it } from '@jest/globals';
import { sequenceAfter } from './sequence.js';

describe('sequenceAfter', () => {
  it('counts on, and begins at 0 after the greatest', () => {
    expect(sequenceAfter(0, 5)).toBe(5);
    expect(sequenceAfter(2_147_483_646, 1)).toBe(2_147_483_647);
    expect(sequenceAfter(2_147_483_647, 1)).toBe(0);
    expect(sequenceAfter(2_147_483_640, 10)).toBe(2);
  });
});
