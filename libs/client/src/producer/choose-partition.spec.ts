import { describe, expect, it } from '@jest/globals';
import { choosePartition } from './choose-partition.js';

const chosen = (key: string | null, partition?: number) =>
  choosePartition(
    { key: key === null ? null : Buffer.from(key), partition },
    6,
  );

describe('choosePartition', () => {
  it('takes the partition that the record names, whatever its key', () => {
    expect(chosen('foobar', 5)).toBe(5);
    expect(chosen(null, 0)).toBe(0);
  });

  it('takes the partition that Kafka takes for the key', () => {
    // Utils.murmur2("foobar") is -790332482, "21" -973932308 (Kafka's UtilsTest).
    expect(chosen('foobar')).toBe((-790_332_482 & 0x7fffffff) % 6);
    expect(chosen('21')).toBe((-973_932_308 & 0x7fffffff) % 6);
  });

  it('leaves a record without a key to others, and not one with an empty key', () => {
    expect(chosen(null)).toBeUndefined();
    expect(chosen('')).toEqual(expect.any(Number));
  });
});
