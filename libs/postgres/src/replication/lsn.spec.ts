import { describe, expect, it } from '@jest/globals';
import { formatLsn, parseLsn } from './lsn.js';

describe('a position in the WAL', () => {
  it.each([
    ['0/0', 0n],
    ['16/B374D848', 0x16b374d848n],
    ['FFFFFFFF/FFFFFFFF', 2n ** 64n - 1n],
  ])('%s is read and written', (text, lsn) => {
    expect(parseLsn(text)).toBe(lsn);
    expect(formatLsn(lsn)).toBe(text);
  });

  it('is read with leading zeroes', () => {
    expect(parseLsn('00000000/016B3748')).toBe(0x16b3748n);
  });

  it('is nothing else', () => {
    for (const text of ['', '16', '16/', 'x/y', '0/123456789'])
      expect(() => parseLsn(text)).toThrow('no position');
  });
});
