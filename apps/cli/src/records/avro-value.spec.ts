import { describe, expect, it } from '@jest/globals';
import { AvroCodec } from '#schemas';
import { avroValue, bytesOf } from './avro-value.js';
import { plainJson } from './plain-json.js';

const door = new AvroCodec({
  type: 'record',
  name: 'Door',
  fields: [
    { name: 'photos', type: { type: 'array', items: 'bytes' } },
    { name: 'by', type: ['null', 'string'], default: null },
  ],
});

describe('avroValue', () => {
  it('reads what consume prints', () => {
    const value = { photos: [Buffer.from([255]), Buffer.alloc(0)], by: 'x' };
    const json = JSON.parse(JSON.stringify(plainJson(value))) as unknown;
    expect(avroValue(door, json)).toEqual(value);
  });

  it('leaves a value that goes with its schema as it is', () => {
    const map = new AvroCodec({ type: 'map', values: 'string' });
    const json = { base64: '/w==' };
    expect(avroValue(map, json)).toBe(json);
  });
});

describe('bytesOf', () => {
  it.each([
    null,
    'a',
    {},
    { base64: 1 },
    { base64: '?' },
    { base64: '', a: 1 },
  ])('does not take %j for bytes', (json) =>
    expect(bytesOf(json)).toBeUndefined(),
  );
});
