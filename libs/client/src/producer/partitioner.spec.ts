import { describe, expect, it } from '@jest/globals';
import { customPartition } from './partitioner.js';

const record = { topic: 'readings', key: 'a', value: 1 };

describe('customPartition', () => {
  it('is what the function says of record and count', () => {
    const seen: unknown[] = [];
    const partitioner = (...given: unknown[]) => seen.push(given);
    expect(customPartition(partitioner, record, 3)).toBe(1);
    expect(seen).toEqual([[record, 3]]);
  });

  it.each([3, -1, 0.5, NaN, '1', undefined])('refuses %p of 3', (answer) => {
    expect(() => customPartition(() => answer as number, record, 3)).toThrow(
      expect.objectContaining({
        code: 'INVALID_VALUE',
        message: expect.stringMatching(/readings: it has partitions 0 to 2$/),
      }),
    );
  });
});
