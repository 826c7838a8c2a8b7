import { describe, expect, it } from '@jest/globals';
import { nextReadIn, planReads, type ReadableLane } from './plan-reads.js';

const LIMITS = { laneBytes: 100, totalBytes: 1_000, now: 10 };

describe('planReads', () => {
  it('reads for nobody while each lane holds what one read gives', () => {
    expect(planReads([lane(100), lane(120)], LIMITS).lanes).toEqual([]);
  });

  it('takes those along that will soon need it, the emptiest first', () => {
    const [full, soon, due] = [lane(130), lane(120), lane(90)];
    const plan = planReads([full, soon, due], LIMITS);
    expect(plan).toEqual({ lanes: [due, soon], maxBytes: 660 });
  });

  it.each<[string, Partial<ReadableLane>]>([
    [
      'of which the log has no more',
      { ahead: { bytes: 0, mayHaveMore: false } },
    ],
    ['that waits after a failure', { readNotBefore: 11 }],
    ['without a start', { state: 'starting' }],
    ['that is to be given up', { state: 'revoking' }],
  ])('leaves out a lane %s', (_, given) => {
    expect(planReads([{ ...lane(0), ...given }], LIMITS).lanes).toEqual([]);
  });

  it('reads a batch for an empty lane where others hold all that may be held', () => {
    const empty = lane(0);
    const held = Array.from({ length: 20 }, () => lane(60));
    const plan = planReads([...held, empty], LIMITS);
    expect(plan).toEqual({ lanes: [empty], maxBytes: 1 });
  });
});

describe('nextReadIn', () => {
  it('says when the first lane may be read that waits for a time', () => {
    const lanes = [20, 15, 5].map((readNotBefore) => ({
      ...lane(0),
      readNotBefore,
    }));
    expect(nextReadIn(lanes, 10)).toBe(5);
    expect(nextReadIn([], 10)).toBe(Infinity);
  });
});

function lane(bytes: number): ReadableLane {
  return {
    state: 'working',
    readNotBefore: 0,
    ahead: { bytes, mayHaveMore: true },
  };
}
