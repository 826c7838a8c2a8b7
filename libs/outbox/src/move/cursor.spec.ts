import { describe, expect, it } from '@jest/globals';
import { advance, windowOf, type Cursor } from './cursor.js';

const cursor: Cursor = {
  shard: 3,
  number: 7n,
  incarnation: '1',
  snapshot: '10:20:12',
  page: undefined,
  released: { dueAt: 0, id: 0n },
  nextDue: undefined,
  parked: false,
};

describe('cursor', () => {
  it('opens a window from its snapshot to the one taken with it', () => {
    expect(windowOf(cursor, '15:30:')).toEqual({
      shard: 3,
      last: '10:20:12',
      upTo: '15:30:',
      lastId: 0n,
    });
  });

  it('advances to the end of the window when all of it was moved', () => {
    const window = windowOf(cursor, '15:30:');
    expect(advance(cursor, window, { cut: false, lastId: 99n })).toEqual({
      ...cursor,
      number: 8n,
      snapshot: '15:30:',
    });
  });

  it('freezes both snapshots while it goes page by page, whatever commits meanwhile', () => {
    const paged = advance(cursor, windowOf(cursor, '15:30:'), {
      cut: true,
      lastId: 99n,
    });
    expect(paged).toEqual({
      ...cursor,
      number: 8n,
      page: { snapshot: '15:30:', lastId: 99n },
    });
    const next = windowOf(paged, '50:60:');
    expect(next).toEqual({
      shard: 3,
      last: '10:20:12',
      upTo: '15:30:',
      lastId: 99n,
    });
    expect(advance(paged, next, { cut: false, lastId: 120n })).toEqual({
      ...cursor,
      number: 9n,
      snapshot: '15:30:',
    });
  });
});
