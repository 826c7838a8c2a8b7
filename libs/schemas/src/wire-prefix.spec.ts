import { describe, expect, it } from '@jest/globals';
import {
  encodeWithSchemaId,
  readSchemaId,
  readWirePrefix,
  writeWirePrefix,
} from './wire-prefix.js';

describe('wire prefix', () => {
  it('is byte 0, then the schema id in network byte order', () => {
    const bytes = encodeWithSchemaId(0x01020304, Buffer.from('ab'));
    expect(bytes.toString('hex')).toBe('00010203046162');
    expect(readWirePrefix(bytes)).toEqual({
      schemaId: 0x01020304,
      payload: Buffer.from('ab'),
    });
  });

  it.each([0, 1, 2 ** 31 - 1])('keeps the id %d and an empty payload', (id) => {
    const bytes = encodeWithSchemaId(id, Buffer.alloc(0));
    expect(readWirePrefix(bytes)).toEqual({
      schemaId: id,
      payload: Buffer.alloc(0),
    });
  });

  it.each([-1, 1.5, NaN, 2 ** 31])('refuses to write the id %d', (id) => {
    expect(() => writeWirePrefix(Buffer.alloc(5), id)).toThrow(
      expect.objectContaining({
        code: 'INVALID_VALUE',
        message: `A schema id is a whole number from 0 to 2147483647, not ${id}.`,
      }),
    );
  });

  it.each([
    ['', 'it has 0 bytes, and the prefix alone 5'],
    ['00000000', 'it has 4 bytes, and the prefix alone 5'],
    ['0100000007aa', 'it begins with byte 1, not 0'],
    ['00ffffffff', '4294967295 is no schema id'],
  ])('refuses to read %p', (hex, reason) => {
    const bytes = Buffer.from(hex, 'hex');
    for (const read of [readSchemaId, readWirePrefix])
      expect(() => read(bytes)).toThrow(
        expect.objectContaining({
          code: 'INVALID_RECORD',
          message:
            `The value does not begin with a schema id: ${reason}. ` +
            "Its producer has to write Avro in Confluent's wire format.",
        }),
      );
  });
});
