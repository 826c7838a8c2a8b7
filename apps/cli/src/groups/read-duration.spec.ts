import { describe, expect, it } from '@jest/globals';
import { readDuration } from './read-duration.js';

describe('readDuration', () => {
  it.each([
    ['PT1H30M', 5_400_000],
    ['P2D', 172_800_000],
    ['P1W', 604_800_000],
    ['P1DT12H', 129_600_000],
    ['PT0.25S', 250],
    ['pt45s', 45_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['45s', 45_000],
    ['500ms', 500],
    ['1m1ms', 60_001],
    ['0s', 0],
  ])('reads %s as %d ms', (text, milliseconds) => {
    expect(readDuration(text)).toBe(milliseconds);
  });

  it.each([
    '',
    'P',
    'PT',
    'P1DT',
    'P1Y',
    'P1M',
    '1',
    '1h 30m',
    '30m1h',
    '-1h',
    'PT-1H',
    '1x',
    `${'9'.repeat(20)}d`,
  ])('refuses %j', (text) => {
    expect(() => readDuration(text)).toThrow('Give a duration such as');
  });
});
