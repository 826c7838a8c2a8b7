import { describe, expect, it } from '@jest/globals';
import { judgeStandbys } from './judge-standbys.js';

describe('judgeStandbys', () => {
  it('calls in sync who has flushed what there was at the first look', () => {
    const standbys = [
      { pid: 1, name: 'ahead', flushed: 210n },
      { pid: 2, name: 'just', flushed: 100n },
      { pid: 3, name: 'late', flushed: 99n },
    ];
    const now = { timeline: 1, flushed: 200n, hidden: 0, standbys };
    expect(judgeStandbys(100n, now)).toEqual([
      { name: 'ahead', state: 'in-sync', lagBytes: 0n },
      { name: 'just', state: 'in-sync', lagBytes: 100n },
      { name: 'late', state: 'behind', lagBytes: 101n },
    ]);
  });
});
