import { describe, expect, it } from '@jest/globals';
import { crc32c } from './crc32c.js';

/** RFC 3720 B.4, whose bytes are in the order of the wire, and the check value of the Castagnoli polynomial. */
const PUBLISHED = [
  ['32 bytes of zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
  ['the check value', Buffer.from('123456789'), 0xe3069283],
  ['nothing', Buffer.alloc(0), 0],
] as const;

describe('crc32c', () => {
  it.each(PUBLISHED)('gives the published number for %s', (_, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
  });

  it('reads a view of a larger buffer within its edges', () => {
    const larger = Buffer.from('xx123456789yy');
    expect(crc32c(larger.subarray(2, 11))).toBe(0xe3069283);
  });
});
