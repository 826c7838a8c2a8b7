import { describe, expect, it } from '@jest/globals';
import { advance, hasWaiting, windowOf, type Cursor } from './cursor.js';

const cursor: Cursor = {
  shard: 3,
  number: 7n,
  incarnation: '1',
  snapshot: '10:20:12',
  lowId: 40n,
  page: undefined,
  released: { dueAt: 0, id: 0n },
  nextDue: undefined,
  parked: false,
};
const now = { snapshot: '15:30:', lowId: 90n };

describe('cursor', () => {
  it('opens a window from its snapshot to the one taken with it', () => {
    expect(windowOf(cursor, now)).toEqual({
      shard: 3,
      last: '10:20:12',
      lastLowId: 40n,
      upTo: '15:30:',
      upToLowId: 90n,
      lastId: 0n,
    });
  });

  it('advances to the end of the window when all of it was moved', () => {
    const window = windowOf(cursor, now);
    expect(advance(cursor, window, { cut: false, lastId: 99n })).toEqual({
      ...cursor,
      number: 8n,
      snapshot: '15:30:',
      lowId: 90n,
    });
  });

  it('freezes both snapshots, and what they say of ids, while it goes page by page, whatever commits meanwhile', () => {
    const first = windowOf(cursor, now);
    const paged = advance(cursor, first, { cut: true, lastId: 50n });
    expect(paged).toEqual({
      ...cursor,
      number: 8n,
      page: { snapshot: '15:30:', lowId: 90n, lastId: 50n },
    });
    const second = windowOf(paged, { snapshot: '40:50:', lowId: 200n });
    expect(second).toEqual({ ...first, lastId: 50n });
    const done = advance(paged, second, { cut: false, lastId: 80n });
    expect(done).toEqual({
      ...cursor,
      number: 9n,
      snapshot: '15:30:',
      lowId: 90n,
    });
  });

  it('says whether something waits behind it', () => {
    expect(hasWaiting(cursor)).toBe(false);
    expect(hasWaiting({ ...cursor, parked: true })).toBe(true);
    expect(hasWaiting({ ...cursor, nextDue: 5 })).toBe(true);
  });
});
