import { describe, expect, it } from '@jest/globals';
import { OffsetMap } from './offset-map.js';

const key = (n: number) => Buffer.from(`key-${n}`);

describe('OffsetMap', () => {
  it('knows the greatest offset of each key of each partition, through its growth', () => {
    const map = new OffsetMap(100_000);
    const count = 20_000;
    for (let n = 0; n < count; n += 1) {
      map.put(1, key(n), BigInt(n));
      map.put(2, key(n), BigInt(n) + 5n);
      map.put(1, key(n), BigInt(n) - 1n < 0n ? 0n : BigInt(n) - 1n);
    }
    expect(map.size).toBe(2 * count);
    const wrong = Array.from({ length: count }, (_, n) => n).filter(
      (n) =>
        map.get(1, key(n)) !== BigInt(n) ||
        map.get(2, key(n)) !== BigInt(n) + 5n ||
        map.get(3, key(n)) !== undefined,
    );
    expect(wrong).toEqual([]);
  });

  it('takes no more keys than it may, and goes on with those it has', () => {
    const map = new OffsetMap(2);
    expect([map.put(1, key(1), 1n), map.put(1, key(2), 2n)]).toEqual([
      true,
      true,
    ]);
    expect(map.put(1, key(3), 3n)).toBe(false);
    expect(map.get(1, key(3))).toBeUndefined();
    expect(map.put(1, key(1), 9n)).toBe(true);
    expect(map.get(1, key(1))).toBe(9n);
  });

  it('takes an empty key for a key', () => {
    const map = new OffsetMap(2);
    map.put(1, Buffer.alloc(0), 4n);
    expect(map.get(1, Buffer.alloc(0))).toBe(4n);
  });
});
