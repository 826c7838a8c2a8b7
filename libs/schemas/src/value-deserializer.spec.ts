import { describe, expect, it } from '@jest/globals';
import { PostamtError } from '#kernel';
import { AvroCodec } from './avro-codec.js';
import { defineTopic } from './define-topic.js';
import { ValueDeserializer } from './value-deserializer.js';
import { ValueSerializer } from './value-serializer.js';

const first = defineTopic('incidents', {
  value: {
    type: 'record',
    name: 'Incident',
    fields: [{ name: 'priority', type: 'int' }],
  },
});
const second = defineTopic('incidents', {
  value: {
    type: 'record',
    name: 'Incident',
    fields: [
      { name: 'priority', type: 'long' },
      { name: 'note', type: ['null', 'string'], default: null },
    ],
  },
});
const bytesOfFirst = new ValueSerializer(first, 1).serialize({ priority: 3 });
const bytesOfSecond = new ValueSerializer(second, 2).serialize({
  priority: 4,
  note: 'north gate',
});

/** A registry of texts that counts how often it is asked. */
function registry(texts: Record<number, string>) {
  const asked: number[] = [];
  const lookup = (schemaId: number): string => {
    asked.push(schemaId);
    const text = texts[schemaId];
    if (text !== undefined) return text;
    throw new PostamtError('UNKNOWN_SCHEMA_ID', `No schema ${schemaId}.`);
  };
  return { asked, lookup };
}

describe('ValueDeserializer', () => {
  it('reads each version of the schema as its own, and looks each up once', () => {
    const { asked, lookup } = registry({
      1: first.valueCodec.schemaText,
      2: second.valueCodec.schemaText,
    });
    const deserializer = new ValueDeserializer(second);
    for (let round = 0; round < 3; round++) {
      expect(deserializer.deserialize(bytesOfFirst, lookup)).toEqual({
        priority: 3,
        note: null,
      });
      expect(deserializer.deserialize(bytesOfSecond, lookup)).toEqual({
        priority: 4,
        note: 'north gate',
      });
    }
    expect(asked).toEqual([1, 2]);
  });

  it('says which schema must be fetched first', () => {
    const deserializer = new ValueDeserializer(second);
    expect(deserializer.needs(bytesOfFirst)).toBe(1);
    deserializer.deserialize(bytesOfFirst, () => first.valueCodec);
    expect(deserializer.needs(bytesOfFirst)).toBeUndefined();
    expect(deserializer.needs(bytesOfSecond)).toBe(2);
  });

  it('hands on what the look-up throws, and asks again the next time', () => {
    const { asked, lookup } = registry({});
    const deserializer = new ValueDeserializer(second);
    const read = () => deserializer.deserialize(bytesOfFirst, lookup);
    expect(read).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_SCHEMA_ID' }),
    );
    expect(read).toThrow('No schema 1.');
    expect(asked).toEqual([1, 1]);
    expect(deserializer.needs(bytesOfFirst)).toBe(1);
  });

  it('refuses a version that the topic cannot read, and does not look it up again', () => {
    const { asked, lookup } = registry({ 2: second.valueCodec.schemaText });
    const deserializer = new ValueDeserializer(first);
    for (let round = 0; round < 2; round++) {
      expect(() => deserializer.deserialize(bytesOfSecond, lookup)).toThrow(
        expect.objectContaining({
          code: 'SCHEMA_MISMATCH',
          message:
            "Schema 2 of topic incidents: The writer's schema cannot be read with this one: " +
            'cannot read "long" as "int". Give new fields a default, and renamed ones an alias.',
        }),
      );
    }
    expect(asked).toEqual([2]);
    expect(deserializer.needs(bytesOfSecond)).toBeUndefined();
  });

  it('names schema and topic where the text of the registry is no schema', () => {
    const { lookup } = registry({ 1: '"Nowhere"' });
    const deserializer = new ValueDeserializer(first);
    expect(() => deserializer.deserialize(bytesOfFirst, lookup)).toThrow(
      expect.objectContaining({
        code: 'INVALID_SCHEMA',
        message: expect.stringMatching(
          /^Schema 1 of topic incidents: .*Nowhere/,
        ),
      }),
    );
  });

  it('refuses values that are cut at any byte, or go on', () => {
    const deserializer = new ValueDeserializer(second);
    const lookup = () => second.valueCodec;
    for (let cut = 0; cut < bytesOfSecond.length; cut++)
      expect(() =>
        deserializer.deserialize(bytesOfSecond.subarray(0, cut), lookup),
      ).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
    const longer = Buffer.concat([bytesOfSecond, Buffer.from([0])]);
    expect(() => deserializer.deserialize(longer, lookup)).toThrow(
      /^The value for topic incidents is not the Avro .* 1 bytes follow the value/,
    );
  });

  it('reads keys', () => {
    const photos = defineTopic('photos', { key: 'bytes', value: 'bytes' });
    const key = Buffer.from('Käse');
    expect(new ValueDeserializer(first).deserializeKey(key)).toBe('Käse');
    expect(new ValueDeserializer(first).deserializeKey(null)).toBeNull();
    expect(new ValueDeserializer(photos).deserializeKey(key)).toBe(key);
  });

  it('takes a codec from the look-up as well as a text', () => {
    const writer = AvroCodec.fromText(first.valueCodec.schemaText);
    const deserializer = new ValueDeserializer(second);
    expect(deserializer.deserialize(bytesOfFirst, () => writer)).toEqual({
      priority: 3,
      note: null,
    });
  });
});
