import { describe, expect, it } from '@jest/globals';
import { judgeFlush, type Lag } from './judge-flush.js';

function judged(
  positions: readonly number[],
  options: { needed?: number; expired?: boolean; lag?: Map<number, Lag> } = {},
) {
  const { needed = 1, expired = false, lag = new Map<number, Lag>() } = options;
  const standbys = positions.map((flushed, n) => ({
    pid: n,
    name: `standby ${n}`,
    flushed: BigInt(flushed),
  }));
  const replicas = { timeline: 1, flushed: 100n, hidden: 0, standbys };
  return judgeFlush({ replicas, target: 100n, needed, lag, expired });
}

describe('judgeFlush', () => {
  it('waits for every standby that streams, not only for as many as are needed', () => {
    expect(judged([100, 99], { needed: 2 })).toBe('wait');
    expect(judged([100, 100], { needed: 2 })).toBe('done');
    expect(judged([], { needed: 1 })).toBe('done');
  });

  it('waits where too few stream, and says so when the time is over', () => {
    expect(judged([], { needed: 2 })).toBe('wait');
    expect(judged([], { needed: 2, expired: true })).toBe('too few');
    expect(judged([99], { needed: 2, expired: true })).toBe('too few');
  });

  it('gives up on who takes too long, where the others are enough, until it has caught up', () => {
    const lag = new Map<number, Lag>();
    expect(judged([100, 99], { needed: 2, expired: true, lag })).toBe('done');
    expect([...lag.keys()]).toEqual([1]);
    expect(judged([100, 99], { needed: 2, lag })).toBe('done');
    expect(judged([100, 100], { needed: 2, lag })).toBe('done');
    expect(lag.size).toBe(0);
  });
});
