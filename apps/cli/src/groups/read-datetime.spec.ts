import { describe, expect, it } from '@jest/globals';
import { readDatetime } from './read-datetime.js';

describe('readDatetime', () => {
  it.each([
    ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00.250', '2026-03-01T12:00:00.250Z'],
    ['2026-03-01T12:00', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00+02:00', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['1772366400000', '2026-03-01T12:00:00.000Z'],
  ])('reads %s as %s', (text, time) => {
    expect(new Date(readDatetime(text)).toISOString()).toBe(time);
  });

  it.each([
    '',
    'yesterday',
    '2026-13-01',
    '2026-03-01T25:00Z',
    '1e3',
    '-5',
    '9'.repeat(20),
  ])('refuses %j', (text) => {
    expect(() => readDatetime(text)).toThrow('Give a time such as');
  });
});
