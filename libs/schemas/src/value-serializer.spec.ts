import { describe, expect, it } from '@jest/globals';
import { defineTopic } from './define-topic.js';
import { ValueSerializer } from './value-serializer.js';

const incidents = defineTopic('incidents', {
  value: {
    type: 'record',
    name: 'Incident',
    fields: [{ name: 'priority', type: 'int' }],
  },
});
const photos = defineTopic('photos', { key: 'bytes', value: 'bytes' });

describe('ValueSerializer', () => {
  const serializer = new ValueSerializer(incidents, 7);
  const forPhotos = new ValueSerializer(photos, 8);

  it('writes the prefix and the Avro', () => {
    expect(serializer.serialize({ priority: 3 }).toString('hex')).toBe(
      '000000000706',
    );
  });

  it('refuses a value that does not match, naming topic, path, value and type', () => {
    const value = { priority: 'high' } as unknown as { priority: number };
    expect(() => serializer.serialize(value)).toThrow(
      expect.objectContaining({
        code: 'SCHEMA_MISMATCH',
        message:
          'The value for topic incidents does not match its Avro schema: priority is "high", ' +
          'expected int (a whole number from -2147483648 to 2147483647). Correct the value, or change the schema first.',
      }),
    );
  });

  it('refuses a schema id that is none', () => {
    const broken = new ValueSerializer(incidents, -1);
    expect(() => broken.serialize({ priority: 3 })).toThrow(/schema id/);
  });

  it('keeps keys: text as UTF-8, bytes as they are, null as null', () => {
    expect(serializer.serializeKey('Käse')).toEqual(Buffer.from('Käse'));
    expect(serializer.serializeKey('')).toEqual(Buffer.alloc(0));
    expect(serializer.serializeKey(null)).toBeNull();
    const key = Buffer.from([0, 255]);
    expect(forPhotos.serializeKey(key)).toBe(key);
    expect(forPhotos.serializeKey(null)).toBeNull();
  });

  it.each<[unknown, string]>([
    [7, '7'],
    [undefined, 'undefined'],
    [Buffer.from('ab'), 'Buffer of 2 bytes (6162)'],
    ['\ud800', String.raw`"\ud800"`],
  ])('refuses the string key %p', (key, shown) => {
    expect(() => serializer.serializeKey(key as string)).toThrow(
      expect.objectContaining({
        code: 'INVALID_VALUE',
        message: `The value for topic incidents has the key ${shown}, expected a string of well-formed Unicode or null.`,
      }),
    );
  });

  it('refuses a string where the key is bytes', () => {
    expect(() => forPhotos.serializeKey('a' as unknown as Buffer)).toThrow(
      'The value for topic photos has the key "a", expected a Buffer or null.',
    );
  });
});
