import { describe, expect, it } from '@jest/globals';
import { plainBytes, plainJson } from './plain-json.js';
import { recordLine } from './record-line.js';
import type { ShownRecord } from './shown-record.js';

const record: ShownRecord = {
  partition: 2,
  offset: '40',
  timestamp: '2026-01-01T00:00:00.000Z',
  key: 'k\n1',
  headers: [
    { key: 'id', value: 'e1' },
    { key: 'odd name', value: { base64: '/w==' } },
  ],
  schemaId: 1,
  value: { n: 1 },
};

describe('recordLine', () => {
  it('is one line, whatever stands in the key', () => {
    expect(recordLine(record).split('\t')).toEqual([
      '2',
      '40',
      '2026-01-01T00:00:00.000Z',
      '"k\\n1"',
      'id="e1" "odd name"={"base64":"/w=="}',
      '{"n":1}',
    ]);
  });

  it('tells no key from the key "null", and says why a value is as it was', () => {
    const bare = { ...record, key: null, headers: [], value: null };
    expect(recordLine({ ...bare, note: 'not decoded: x' })).toBe(
      '2\t40\t2026-01-01T00:00:00.000Z\tnull\t-\tnull\t# not decoded: x',
    );
    expect(recordLine({ ...bare, key: 'null' })).toContain('\t"null"\t');
  });
});

describe('plainBytes', () => {
  it('is text where the bytes are, and base64 where they are not', () => {
    expect(plainBytes(Buffer.from('Käse'))).toBe('Käse');
    expect(plainBytes(Buffer.from([0xff]))).toEqual({ base64: '/w==' });
    expect(plainBytes(Buffer.alloc(0))).toBe('');
    expect(plainBytes(null)).toBeNull();
  });
});

describe('plainJson', () => {
  it('has no bytes and no number that JSON lacks', () => {
    const value = { a: [Buffer.from([255]), NaN, 1.5], b: { c: null, d: 'x' } };
    expect(plainJson(value)).toEqual({
      a: [{ base64: '/w==' }, 'NaN', 1.5],
      b: { c: null, d: 'x' },
    });
  });
});
