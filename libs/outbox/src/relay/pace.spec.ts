import { describe, expect, it } from '@jest/globals';
import { FULL_PACE, limitsOf, nextPace } from './pace.js';

const moved = { cut: [] };

describe('nextPace', () => {
  it('takes fewer shards at once while pages are cut, in larger pages', () => {
    const slower = nextPace(FULL_PACE, { cut: [1] });
    expect(slower.shards).toBe(16);
    expect(limitsOf(slower).rowsPerShard).toBeGreaterThan(
      limitsOf(FULL_PACE).rowsPerShard,
    );
    expect(nextPace({ shards: 1 }, { cut: [1] }).shards).toBe(1);
  });

  it('takes one shard after a failure, so that the shard that fails does so alone', () => {
    expect(nextPace(FULL_PACE, 'failed').shards).toBe(1);
  });

  it('takes more shards again up to all of them', () => {
    expect(nextPace({ shards: 40 }, moved).shards).toBe(64);
  });
});
