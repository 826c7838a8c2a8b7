import { describe, expect, it } from '@jest/globals';
import { formatBytes } from './bytes.js';

describe('formatBytes', () => {
  it.each([
    [null, '-'],
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1_572_864n, '1.5 MiB'],
    [2 ** 50, '1024.0 TiB'],
  ])('says %p as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
