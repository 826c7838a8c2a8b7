import { describe, expect, it } from '@jest/globals';
import { checkBacklogLimits, decideBacklog } from './backlog-limits.js';

describe('decideBacklog', () => {
  it.each([
    ['nothing is pending', { maxEvents: 0, maxAgeMs: 0 }, 0, null],
    ['as many as may are', { maxEvents: 10 }, 10, 60_000],
    ['the oldest is as old as it may be', { maxAgeMs: 500 }, 1_000, 500],
    ['there is no limit', {}, 1_000_000, 1_000_000],
  ])('lets an event in when %s', (_, limits, pending, oldestPendingMs) => {
    expect(decideBacklog(limits, { pending, oldestPendingMs })).toBeUndefined();
  });

  it.each([
    [
      'more are pending than may',
      { maxEvents: 10 },
      11,
      /at least 11 .*maxEvents is 10/,
    ],
    [
      'the oldest is older than it may be',
      { maxAgeMs: 500 },
      1,
      /501 ms.*maxAgeMs is 500/,
    ],
  ])('refuses one when %s, with the numbers', (_, limits, pending, reason) => {
    const measured = { pending, oldestPendingMs: 501 };
    expect(decideBacklog(limits, measured)).toMatch(reason);
  });

  it.each([
    [{ maxEvents: -1 }],
    [{ maxAgeMs: Number.NaN }],
    [{ maxEvents: '5' }],
  ])('takes no limits like %j', (limits) => {
    expect(() => checkBacklogLimits(limits as never)).toThrow(/backlog\.max/);
  });
});
