import { describe, expect, it } from '@jest/globals';
import { defineTopic } from './define-topic.js';

const value = 'string';

describe('defineTopic', () => {
  it('carries name, partitions, settings, schema and codecs, and cannot be changed', () => {
    const schema = { type: 'map', values: 'int' } as const;
    const topic = defineTopic('incidents', {
      partitions: 6,
      key: 'bytes',
      value: schema,
      config: { 'retention.ms': 1000 },
    });
    expect(topic).toMatchObject({
      name: 'incidents',
      partitions: 6,
      config: { 'retention.ms': 1000 },
      keyCodec: { kind: 'bytes' },
      valueCodec: { schemaText: '{"type":"map","values":"int"}' },
    });
    expect(topic.valueSchema).toBe(schema);
    expect(Object.isFrozen(topic)).toBe(true);
    expect(Object.isFrozen(topic.config)).toBe(true);
  });

  it('has one partition and string keys where nothing else is said', () => {
    expect(defineTopic('plain', { value })).toMatchObject({
      partitions: 1,
      config: {},
      keyCodec: { kind: 'string' },
    });
  });

  it.each(['a', 'A.b_c-9', '...', 'x'.repeat(249)])(
    'takes the name %s',
    (name) => {
      expect(defineTopic(name, { value }).name).toBe(name);
    },
  );

  it.each(['', '.', '..', 'a b', 'ä', 'a/b', 'a\n', 'x'.repeat(250)])(
    'refuses the name %j',
    (name) => {
      expect(() => defineTopic(name, { value })).toThrow(
        expect.objectContaining({
          code: 'INVALID_TOPIC_EXCEPTION',
          message: expect.stringMatching(/^".*cannot be a topic's name/),
        }),
      );
    },
  );

  it.each([0, -1, 1.5, NaN, 2 ** 31, '6' as unknown as number])(
    'refuses %p partitions',
    (partitions) => {
      expect(() => defineTopic('incidents', { partitions, value })).toThrow(
        expect.objectContaining({
          code: 'INVALID_PARTITIONS',
          message: expect.stringMatching(/^Topic incidents cannot have/),
        }),
      );
    },
  );

  it('refuses a kind of key that there is not, and a setting that is no text or number', () => {
    expect(() =>
      defineTopic('incidents', { key: 'int' as 'string', value }),
    ).toThrow('Topic incidents has key "int", expected string or bytes.');
    expect(() =>
      defineTopic('incidents', { config: { 'retention.ms': NaN }, value }),
    ).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        message:
          'Topic incidents has retention.ms NaN, expected a string or a finite number.',
      }),
    );
  });

  it('refuses a schema that is not valid, naming the topic, with the reason of avsc', () => {
    expect(() => defineTopic('incidents', { value: 'Nowhere' })).toThrow(
      expect.objectContaining({
        code: 'INVALID_SCHEMA',
        message:
          'Topic incidents: The Avro schema is not valid: undefined type name: Nowhere. Correct the schema.',
        cause: expect.objectContaining({
          message: 'undefined type name: Nowhere',
        }),
      }),
    );
  });
});
