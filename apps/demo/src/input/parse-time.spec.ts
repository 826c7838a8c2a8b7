import { describe, expect, it } from '@jest/globals';
import { parseTime } from './parse-time.js';

describe('parseTime', () => {
  it.each([
    ['2012-05-11T23:26:15.000Z', Date.UTC(2012, 4, 11, 23, 26, 15)],
    ['2012-05-11T23:26:15Z', Date.UTC(2012, 4, 11, 23, 26, 15)],
    ['2012-02-29T01:00:00+02:00', Date.UTC(2012, 1, 28, 23)],
  ])('reads %s', (text, at) => {
    expect(parseTime(text)).toBe(at);
  });

  it.each([
    'yesterday',
    '2012-05-11',
    '2012-05-11T23:26:15',
    '2012-13-01T00:00:00Z',
    '2012-02-30T00:00:00Z',
    '2012-05-11T25:00:00Z',
    '1336778775',
  ])('takes %s for no time', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});
