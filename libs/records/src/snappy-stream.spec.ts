import { compressSync } from 'snappy';
import { describe, expect, it } from '@jest/globals';
import { decompressRecords } from './codecs.js';
import { SeededRandom } from './fixtures/random-records.js';
import { compressSnappy } from './snappy-stream.js';

const CORRUPT = expect.objectContaining({ code: 'CORRUPT_MESSAGE' });
const TOO_LARGE = expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' });
const STREAM_HEADER = '82534e41505059000000000100000001';

function unpack(packed: Buffer, most = 2 ** 20): Buffer {
  return decompressRecords('snappy', packed, most);
}

describe('a snappy stream', () => {
  it.each([0, 1, 100, 32_767, 32_768, 32_769, 100_000])(
    'gives back %p bytes, in blocks of 32 KiB',
    (length) => {
      const bytes = new SeededRandom(length).bytes(length);
      const packed = compressSnappy(bytes);
      expect(packed.subarray(0, 16).toString('hex')).toBe(STREAM_HEADER);
      expect(unpack(packed).equals(bytes)).toBe(true);
    },
  );

  it('may be one bare block', () => {
    const bytes = Buffer.from('incident '.repeat(10_000));
    expect(unpack(compressSync(bytes)).equals(bytes)).toBe(true);
  });

  it('reads the elements of the format as they are described', () => {
    // Length 15; a literal of 4 bytes; a copy of 4 from 4 back (one byte of offset); a copy of 7 from 1 back (two).
    const block = Buffer.from('0f0c6162636401041a0100', 'hex');
    expect(unpack(block).toString()).toBe('abcdabcddddddddd'.slice(0, 15));
  });

  it('unpacks to no more than the limit, over all blocks', () => {
    const packed = compressSnappy(Buffer.alloc(100_000));
    expect(unpack(packed, 100_000)).toHaveLength(100_000);
    expect(() => unpack(packed, 99_999)).toThrow(TOO_LARGE);
    expect(() => unpack(packed, 1)).toThrow(TOO_LARGE);
  });

  it.each([
    ['a block that says 4 GiB', 'ffffffff0f00'],
    ['a length of more than 32 bits', 'ffffffffff01'],
    ['no length', '80'],
    ['a header that is cut off', STREAM_HEADER.slice(0, 20)],
    ['a length that is cut off', `${STREAM_HEADER}0000`],
    ['a block that is cut off', `${STREAM_HEADER}000000ff0100`],
    ['a block of a negative length', `${STREAM_HEADER}ffffffff0100`],
    ['a block of 2 GiB', `${STREAM_HEADER}7fffffff0100`],
    ['an empty block', `${STREAM_HEADER}00000000`],
  ])('is refused: %s', (_, hex) => {
    expect(() => unpack(Buffer.from(hex, 'hex'))).toThrow(CORRUPT);
  });
});
