import { describe, expect, it } from '@jest/globals';
import { decideRange } from './replay-range.js';

const place = { topic: 't', partition: 1 };
const ends = { earliest: 10n, latest: 20n };
const rangeOf = (from: 'earliest' | 'latest' | bigint, to: typeof from) =>
  decideRange(place, { from, to }, ends);

describe('decideRange', () => {
  it('takes the log as it stands', () => {
    expect(rangeOf('earliest', 'latest')).toEqual({
      ...place,
      from: 10n,
      to: 20n,
    });
    expect(rangeOf('latest', 'latest')).toMatchObject({ from: 20n, to: 20n });
  });

  it('ends before the last offset, and at the end of the log at the latest', () => {
    expect(rangeOf(12n, 15n)).toMatchObject({ from: 12n, to: 15n });
    expect(rangeOf(12n, 99n)).toMatchObject({ from: 12n, to: 20n });
  });

  it('refuses to begin where the log has nothing', () => {
    expect(() => rangeOf(9n, 'latest')).toThrow('t-1');
    expect(() => rangeOf(21n, 'latest')).toThrow('10 to 20');
  });
});
