import { describe, expect, it } from '@jest/globals';
import { decideReset, type ResetTarget } from './decide-reset.js';

const place = {
  topic: 'doors',
  partition: 0,
  logStartOffset: 10n,
  logEndOffset: 20n,
  found: null,
  before: 15n,
};

describe('decideReset', () => {
  it.each<[ResetTarget, bigint, string | null]>([
    ['earliest', 10n, null],
    ['latest', 20n, null],
    [{ offset: 12n }, 12n, null],
    [{ offset: 10n }, 10n, null],
    [{ offset: 20n }, 20n, null],
    [{ offset: 9n }, 10n, 'log-start'],
    [{ offset: 21n }, 20n, 'log-end'],
    [{ offset: -1n }, 10n, 'log-start'],
    [{ shiftBy: 3n }, 18n, null],
    [{ shiftBy: 0n }, 15n, null],
    [{ shiftBy: -6n }, 10n, 'log-start'],
    [{ shiftBy: 6n }, 20n, 'log-end'],
    [{ time: 5 }, 20n, 'log-end'],
  ])('puts %j at %s, limited to %s', (target, after, limitedTo) => {
    expect(decideReset(place, target)).toEqual({ after, limitedTo });
  });

  it.each<ResetTarget>([{ time: 5 }, { duration: 5 }])(
    'takes what was found for %j',
    (target) => {
      expect(decideReset({ ...place, found: 17n }, target).after).toBe(17n);
    },
  );

  it('refuses a shift where nothing is committed', () => {
    const target = { shiftBy: 1n };
    expect(() => decideReset({ ...place, before: null }, target)).toThrow(
      expect.objectContaining({
        code: 'INVALID_VALUE',
        message: expect.stringContaining('doors-0 cannot be shifted by 1'),
      }),
    );
  });
});
