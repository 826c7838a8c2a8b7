import { describe, expect, it } from '@jest/globals';
import { FULL_PACE, limitsOf, nextPace } from './pace.js';

describe('nextPace', () => {
  it('takes fewer shards at once while another relay holds some, down to an eighth', () => {
    let pace = FULL_PACE;
    const seen = [0, 0, 0, 0].map(() => {
      pace = nextPace(pace, { busy: [1] });
      return pace.shards;
    });
    expect(seen).toEqual([32, 16, 8, 8]);
    expect(limitsOf(pace).idsPerPage).toBeGreaterThan(
      limitsOf(FULL_PACE).idsPerPage ?? Infinity,
    );
  });

  it('takes one shard after a failure, so that the shard that fails does so alone', () => {
    expect(nextPace(FULL_PACE, 'failed').shards).toBe(1);
    expect(limitsOf({ shards: 1 }).parkedKeys).toBe(1);
  });

  it('takes more shards again up to all of them', () => {
    expect(nextPace({ shards: 40 }, { busy: [] }).shards).toBe(64);
  });
});
