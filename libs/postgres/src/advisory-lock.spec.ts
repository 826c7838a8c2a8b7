import { describe, expect, it } from '@jest/globals';
import { LOCK_KINDS, lockIdOf, lockKey, lockKeys } from './advisory-lock.js';

const MOST_ID = 2 ** 28 - 1;
const kinds = Object.keys(LOCK_KINDS) as (keyof typeof LOCK_KINDS)[];

describe('lockKey', () => {
  // Golden: processes of two versions that run at once have to mean the same lock.
  it.each([
    [16_384, 'projection', 0, 0x4000_00000000n],
    [16_384, 'subject', 1, 0x4000_10000001n],
    [16_384, 'outboxShard', 63, 0x4000_2000003fn],
    [16_384, 'groupPartition', 5, 0x4000_30000005n],
    [16_384, 'outboxKey', 9, 0x4000_40000009n],
    [16_384, 'partition', 7, 0x4000_50000007n],
    [4_294_967_295, 'partition', 7, -0x1_00000000n + 0x50000007n],
  ] as const)('is fixed: %i %s %i', (installation, kind, id, key) => {
    expect(lockKey(installation, kind, id)).toBe(key);
  });

  it('differs wherever installation, kind or id differ, at the edges of each', () => {
    const keys = [1, 2, 16_384, 2 ** 31, 2 ** 32 - 1].flatMap((installation) =>
      kinds.flatMap((kind) =>
        [0, 1, MOST_ID].map((id) => lockKey(installation, kind, id)),
      ),
    );
    expect(new Set(keys).size).toBe(5 * kinds.length * 3);
    for (const key of keys) expect(BigInt.asIntN(64, key)).toBe(key);
  });

  it.each([-1, 2 ** 28, 1.5, NaN])('refuses the id %d', (id) => {
    expect(() => lockKey(1, 'partition', id)).toThrow(RangeError);
  });
});

describe('lockKeys', () => {
  it('are ascending by id, as numbers, each once', () => {
    expect(lockKeys(1, 'partition', [10, 9, 2, 10])).toEqual(
      [2, 9, 10].map((id) => lockKey(1, 'partition', id)),
    );
  });
});

describe('lockIdOf', () => {
  it('is fixed for a name and fits a key', () => {
    expect(lockIdOf('')).toBe(((0x811c9dc5 >>> 28) ^ 0x811c9dc5) & MOST_ID);
    expect(lockIdOf('incidents-value')).toBe(lockIdOf('incidents-value'));
    for (const name of ['a', 'straße', '🙂', 'x'.repeat(10_000)])
      expect(() => lockKey(1, 'subject', lockIdOf(name))).not.toThrow();
  });

  it('spreads names that differ little', () => {
    const ids = Array.from({ length: 10_000 }, (_, n) =>
      lockIdOf(`subject-${n}`),
    );
    expect(new Set(ids).size).toBeGreaterThan(9_990);
  });
});
