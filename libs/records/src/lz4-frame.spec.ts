import { describe, expect, it } from '@jest/globals';
import { decompressRecords } from './codecs.js';
import { SeededRandom } from './fixtures/random-records.js';
import { compressLz4 } from './lz4-frame.js';
import { xxhash32 } from './xxhash32.js';

const CORRUPT = expect.objectContaining({ code: 'CORRUPT_MESSAGE' });
const TOO_LARGE = expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' });
/** What the frames of the lz4 program hold. */
const TEXT = '{"status":"Accepted"}\n'.repeat(40);
/** Written by the program lz4 1.9.4 with the options named. */
const BY_LZ4 = {
  '-BI -B4, content checksum':
    '04224d186440a724000000ff077b22737461747573223a224163636570746564227d0a1600ffffff45506564227d0a00000000e18ccfbd',
  '-BI -B4 -BX, block and content checksums':
    '04224d187440bd24000000ff077b22737461747573223a224163636570746564227d0a1600ffffff45506564227d0a3224f36b00000000e18ccfbd',
  '-BI -B4 --content-size':
    '04224d186c407003000000000000a024000000ff077b22737461747573223a224163636570746564227d0a1600ffffff45506564227d0a00000000e18ccfbd',
  '-BI -B7 --no-frame-crc':
    '04224d1860408224000000ff077b22737461747573223a224163636570746564227d0a1600ffffff45506564227d0a00000000',
};

function unpack(packed: Buffer, most = 2 ** 20): Buffer {
  return decompressRecords('lz4', packed, most);
}

/** A frame with a true checksum in its header. */
function frame(flags: number, blockSize: number, rest: string): Buffer {
  const descriptor = Buffer.from([flags, blockSize]);
  const checksum = (xxhash32(descriptor) >>> 8) & 0xff;
  return Buffer.concat([
    Buffer.from('04224d18', 'hex'),
    descriptor,
    Buffer.from([checksum]),
    Buffer.from(rest, 'hex'),
  ]);
}

describe('xxhash32', () => {
  it.each([
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
  ])('gives the published hash of %p', (text, hash) => {
    expect(xxhash32(Buffer.from(text))).toBe(hash);
  });
});

describe('an lz4 frame', () => {
  it.each([0, 1, 100, 65_535, 65_536, 65_537, 200_000])(
    'gives back %p bytes, random or not',
    (length) => {
      for (const bytes of [
        new SeededRandom(length).bytes(length),
        Buffer.alloc(length, 'incident '),
      ]) {
        const packed = compressLz4(bytes);
        expect(packed.subarray(0, 7).toString('hex')).toBe('04224d18604082');
        expect(unpack(packed).equals(bytes)).toBe(true);
      }
    },
  );

  it.each(Object.entries(BY_LZ4))(
    'of the lz4 program is read: %s',
    (_, hex) => {
      expect(unpack(Buffer.from(hex, 'hex')).toString()).toBe(TEXT);
    },
  );

  it.each(Object.entries(BY_LZ4))(
    'of the lz4 program is refused at every cut and for every checksum: %s',
    (_, hex) => {
      const packed = Buffer.from(hex, 'hex');
      for (let cut = 0; cut < packed.length; cut += 1) {
        expect(() => unpack(packed.subarray(0, cut))).toThrow(CORRUPT);
      }
      const damaged = Buffer.from(packed);
      damaged.writeUInt8(damaged.readUInt8(6) ^ 1, 6);
      expect(() => unpack(damaged)).toThrow(CORRUPT);
    },
  );

  it('is refused where a block or content checksum differs', () => {
    const packed = Buffer.from(
      BY_LZ4['-BI -B4 -BX, block and content checksums'],
      'hex',
    );
    for (const back of [1, 9]) {
      const damaged = Buffer.from(packed);
      const at = packed.length - back;
      damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
      expect(() => unpack(damaged)).toThrow(CORRUPT);
    }
  });

  it('unpacks to no more than the limit, over all blocks', () => {
    const packed = compressLz4(Buffer.alloc(200_000));
    expect(unpack(packed, 200_000)).toHaveLength(200_000);
    expect(() => unpack(packed, 199_999)).toThrow(TOO_LARGE);
    expect(() => unpack(packed, 1)).toThrow(TOO_LARGE);
  });

  it.each([
    ['blocks that build on each other', frame(0x40, 0x40, '00000000')],
    ['another version', frame(0x20, 0x40, '00000000')],
    ['a reserved flag', frame(0x62, 0x40, '00000000')],
    ['a dictionary', frame(0x61, 0x40, '00000000')],
    ['an unknown block size', frame(0x60, 0x30, '00000000')],
    ['a reserved bit of the block size', frame(0x60, 0xc0, '00000000')],
    ['another magic', Buffer.from('05224d1860408200000000', 'hex')],
    ['a block over the block size', frame(0x60, 0x40, '01000180')],
    ['a block of 2 GiB', frame(0x60, 0x40, 'ffffffff')],
    [
      'a block that copies from before it',
      frame(0x60, 0x40, '040000001f61ffff'),
    ],
    ['bytes behind its end', frame(0x60, 0x40, '0000000000')],
  ])('is refused: %s', (_, packed) => {
    expect(() => unpack(packed)).toThrow(CORRUPT);
  });

  it('that says a size it does not have is refused before or after unpacking', () => {
    const packed = Buffer.from(BY_LZ4['-BI -B4 --content-size'], 'hex');
    for (const size of [2n ** 64n - 1n, 3n]) {
      const lie = Buffer.from(packed);
      lie.writeBigUInt64LE(size, 6);
      lie.writeUInt8((xxhash32(lie.subarray(4, 14)) >>> 8) & 0xff, 14);
      expect(() => unpack(lie)).toThrow(size === 3n ? CORRUPT : TOO_LARGE);
    }
  });
});
