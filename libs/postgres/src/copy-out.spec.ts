import { describe, expect, it } from '@jest/globals';
import { isPostamtError } from '#kernel';
import { parseCopy } from './copy-out.js';

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const header = Buffer.concat([SIGNATURE, int32(0), int32(0)]);
const field = (text: string) => [int32(text.length), Buffer.from(text)];
const NULL = int32(-1);
const END = int16(-1);

function refusalOf(bytes: Buffer): string | undefined {
  try {
    parseCopy(bytes);
    return undefined;
  } catch (error) {
    if (!isPostamtError(error, 'POSTGRES_UNAVAILABLE')) throw error;
    return error.message;
  }
}

describe('parseCopy', () => {
  const whole = Buffer.concat([
    header,
    int16(2),
    ...field('one'),
    NULL,
    int16(2),
    ...field(''),
    ...field('four'),
    END,
  ]);

  it('reads rows, NULLs and empty values', () => {
    const rows = parseCopy(whole).map((row) =>
      row.map((value) => value && String(value)),
    );
    expect(rows).toEqual([
      ['one', null],
      ['', 'four'],
    ]);
  });

  it('reads no rows', () => {
    expect(parseCopy(Buffer.concat([header, END]))).toEqual([]);
  });

  it('passes over a header extension', () => {
    const extended = Buffer.concat([SIGNATURE, int32(0), int32(3)]);
    expect(parseCopy(Buffer.concat([extended, Buffer.alloc(3), END]))).toEqual(
      [],
    );
  });

  it('refuses an answer that was cut, at whatever byte', () => {
    // In the middle of a pool of memory, so that reading beyond the end would find something.
    const pool = Buffer.concat([whole, whole]);
    for (let length = 0; length < whole.length; length += 1) {
      expect(refusalOf(pool.subarray(0, length))).toMatch(
        /broke off or is malformed at byte \d+/,
      );
    }
  });

  it.each([
    ['another signature', Buffer.concat([Buffer.alloc(19), END])],
    ['a negative count of fields', Buffer.concat([header, int16(-2), END])],
    [
      'a negative length other than NULL',
      Buffer.concat([header, int16(1), int32(-2), END]),
    ],
    [
      'a length beyond the end',
      Buffer.concat([header, int16(1), int32(2 ** 31 - 1), END]),
    ],
    [
      'an endless header extension',
      Buffer.concat([SIGNATURE, int32(0), int32(-1), END]),
    ],
  ])('refuses %s', (_, bytes) => {
    expect(refusalOf(bytes)).toBeDefined();
  });
});
