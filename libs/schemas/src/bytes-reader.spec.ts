import { describe, expect, it } from '@jest/globals';
import { AvroCodec } from './avro-codec.js';

const codec = AvroCodec.of('bytes');

describe('Values of bytes alone', () => {
  it.each([0, 1, 63, 64, 8_191, 8_192, 1_048_575, 1_048_576])(
    'are read where they are %i bytes long, as a view of what they stand in',
    (length) => {
      const value = Buffer.alloc(length, 7);
      const bytes = codec.encode(value, {}, 5);
      const read = codec.decode(bytes, 5);
      expect(read.equals(value)).toBe(true);
      expect(read.buffer).toBe(bytes.buffer);
    },
  );

  it.each([
    ['nothing', []],
    ['an end inside the value', [4, 1]],
    ['an end inside the length', [0x80]],
    ['something behind the value', [2, 1, 1]],
    ['a negative length', [1]],
    ['a length without end', Array.from({ length: 12 }, () => 0x80)],
  ])('are refused for %s', (_, bytes) => {
    expect(() => codec.decode(Buffer.from(bytes))).toThrow(
      expect.objectContaining({ code: 'INVALID_RECORD' }),
    );
  });

  it('are read where the length takes more bytes than it has to', () => {
    expect(codec.decode(Buffer.from([0x82, 0x00, 9]))).toEqual(
      Buffer.from([9]),
    );
  });
});
