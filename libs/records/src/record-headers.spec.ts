import { describe, expect, it } from '@jest/globals';
import { recordHeaders, type HeaderValues } from './record-headers.js';
import { recordTimestamp } from './record-timestamp.js';

describe('recordHeaders', () => {
  it('takes text and bytes, in their order', () => {
    const bytes = Buffer.from([0, 255]);
    expect(recordHeaders({ by: 'gärd', raw: bytes, no: '' }, 'it')).toEqual([
      { key: 'by', value: Buffer.from('gärd') },
      { key: 'raw', value: bytes },
      { key: 'no', value: Buffer.alloc(0) },
    ]);
    expect(recordHeaders(undefined, 'it')).toEqual([]);
  });

  it.each([
    ['a number', { n: 1 }, '"n"'],
    ['null', { n: null }, '"n"'],
    ['half of a surrogate pair', { n: '\ud800' }, '"n"'],
    ['a name with half of a pair', { 'n\udc00': 'x' }, '"n\\udc00"'],
  ])('refuses %s by its name', (_, headers, name) => {
    expect(() =>
      recordHeaders(headers as unknown as HeaderValues, 'a record'),
    ).toThrow(
      expect.objectContaining({
        code: 'INVALID_VALUE',
        message: expect.stringContaining(`a record has the header ${name}`),
      }),
    );
  });
});

describe('recordTimestamp', () => {
  it('is now where none is given', () => {
    const before = Date.now();
    const timestamp = recordTimestamp(undefined, 'it');
    expect(timestamp).toBeGreaterThanOrEqual(before);
    expect(timestamp).toBeLessThanOrEqual(Date.now());
    expect(recordTimestamp(0, 'it')).toBe(0);
  });

  it.each([-1, 1.5, NaN, 2 ** 53])('refuses %d', (timestamp) => {
    expect(() => recordTimestamp(timestamp, 'a record')).toThrow(
      expect.objectContaining({
        code: 'INVALID_VALUE',
        message: expect.stringContaining(`timestamp ${timestamp}`),
      }),
    );
  });
});
