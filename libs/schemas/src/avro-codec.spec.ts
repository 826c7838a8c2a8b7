import { describe, expect, it } from '@jest/globals';
import { PostamtError } from '#kernel';
import { AvroCodec } from './avro-codec.js';
import { type AvroSchema, avroSchema } from './avro-schema.js';

const MAX = Number.MAX_SAFE_INTEGER;
const topic = { topic: 'incidents' };

const incident = avroSchema({
  type: 'record',
  name: 'Incident',
  namespace: 'ops',
  fields: [
    { name: 'id', type: 'string' },
    {
      name: 'status',
      type: { type: 'enum', name: 'Status', symbols: ['New', 'Accepted'] },
    },
    { name: 'priority', type: 'int' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'note', type: ['null', 'string'], default: null },
    {
      name: 'items',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Item',
          fields: [{ name: 'id', type: 'long' }],
        },
      },
      default: [],
    },
    { name: 'labels', type: { type: 'map', values: 'double' }, default: {} },
    { name: 'former', type: ['null', 'Status'], default: null },
  ],
});
const incidents = AvroCodec.of(incident);
const valid = { id: 'i-1', status: 'New', priority: 1, at: 5 } as const;

function failure(action: () => unknown): PostamtError {
  try {
    action();
  } catch (error) {
    if (error instanceof PostamtError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The path, value and expected type of a message, between its fixed beginning and end. */
function mismatchOf(value: unknown, codec: AvroCodec = incidents): string {
  const error = failure(() => codec.encode(value, topic));
  expect(error.code).toBe('SCHEMA_MISMATCH');
  const [, found] =
    /^The value for topic incidents does not match its Avro schema: (.*)\. Correct the value, or change the schema first\.$/.exec(
      error.message,
    ) ?? [];
  expect(error.message).toBe(
    `The value for topic incidents does not match its Avro schema: ${found}. Correct the value, or change the schema first.`,
  );
  return found ?? '';
}

describe('round trip', () => {
  const cases: [string, AvroSchema, unknown[]][] = [
    ['null', 'null', [null]],
    ['boolean', 'boolean', [true, false]],
    ['int', 'int', [0, 1, -1, 63, 64, -65, 2147483647, -2147483648]],
    [
      'long',
      'long',
      [0, -1, 2 ** 31, -(2 ** 31) - 1, -(2 ** 52) - 1, MAX, -MAX],
    ],
    ['long in its long form', { type: 'long', logicalType: 'x' }, [-MAX]],
    ['union with a long', ['null', 'string', 'long'], [null, 'a', -MAX]],
    ['float', 'float', [0, 1.5, -3.25, Math.fround(0.1)]],
    ['double', 'double', [0, 0.1, -1e300, Number.MIN_VALUE]],
    ['bytes', 'bytes', [Buffer.alloc(0), Buffer.from([0, 255, 128])]],
    ['string', 'string', ['', 'a', 'Käse 🧀', 'x'.repeat(5000)]],
    ['fixed', { type: 'fixed', name: 'F', size: 3 }, [Buffer.from('abc')]],
    ['enum', { type: 'enum', name: 'E', symbols: ['A', 'B'] }, ['A', 'B']],
    ['array', { type: 'array', items: 'int' }, [[], [1, 2, 3]]],
    ['map', { type: 'map', values: 'string' }, [{}, { a: 'b', 'c d': '' }]],
    ['union', ['null', 'string', 'int'], [null, 'a', 7]],
    [
      'union of all shapes',
      [
        'null',
        'boolean',
        'double',
        { type: 'enum', name: 'E', symbols: ['A'] },
        'bytes',
        { type: 'array', items: 'int' },
        { type: 'map', values: 'int' },
      ],
      [null, true, 1.5, 'A', Buffer.from('a'), [1], { a: 1 }],
    ],
    [
      'logical types, as what they are underneath',
      {
        type: 'record',
        name: 'L',
        fields: [
          {
            name: 'at',
            type: { type: 'long', logicalType: 'timestamp-millis' },
          },
          { name: 'day', type: { type: 'int', logicalType: 'date' } },
          { name: 'id', type: { type: 'string', logicalType: 'uuid' } },
          { name: 'price', type: { type: 'bytes', logicalType: 'decimal' } },
        ],
      },
      [{ at: 1_700_000_000_000, day: 19000, id: 'u', price: Buffer.from([1]) }],
    ],
    [
      'a record that refers to itself',
      {
        type: 'record',
        name: 'Node',
        fields: [
          { name: 'value', type: 'int' },
          { name: 'next', type: ['null', 'Node'] },
        ],
      },
      [{ value: 1, next: { value: 2, next: null } }],
    ],
  ];

  it.each(cases)('keeps a value of %s', (_name, schema, values) => {
    const codec = new AvroCodec(schema);
    for (const value of values) {
      const bytes = codec.encode(value);
      expect(codec.decode(bytes)).toEqual(value);
    }
  });

  it.each(cases)(
    'refuses %s when it is cut at any byte, or goes on',
    (_name, schema, values) => {
      const codec = new AvroCodec(schema);
      for (const value of values) {
        const bytes = codec.encode(value);
        for (let cut = 0; cut < Math.min(bytes.length, 300); cut++) {
          const error = failure(() => codec.decode(bytes.subarray(0, cut)));
          expect(error.code).toBe('INVALID_RECORD');
        }
        const longer = Buffer.concat([bytes, Buffer.from([0])]);
        const error = failure(() => codec.decode(longer, 0, topic));
        expect(error.code).toBe('INVALID_RECORD');
        expect(error.message).toBe(
          `The value for topic incidents is not the Avro that its schema says: 1 bytes follow the value (${longer.length} bytes). ` +
            'It was damaged, or written with another schema.',
        );
      }
    },
  );

  it('fills in defaults for fields that are left out or undefined', () => {
    const value = incidents.decode(
      incidents.encode({ ...valid, note: undefined }),
    );
    expect(value).toEqual({
      ...valid,
      note: null,
      items: [],
      labels: {},
      former: null,
    });
  });

  it('encodes what was decoded', () => {
    const bytes = incidents.encode({ ...valid, items: [{ id: 1 }] });
    expect(incidents.encode(incidents.decode(bytes))).toEqual(bytes);
  });

  it('takes instances of classes, and keys that are undefined', () => {
    class Change {
      readonly id = 'i-1';
      readonly status = 'New';
      readonly priority = 1;
      readonly elsewhere = undefined;
      get at(): number {
        return 5;
      }
    }
    expect(incidents.decode(incidents.encode(new Change()))).toMatchObject(
      valid,
    );
  });

  it('encodes values around the size of the scratch buffer, behind headroom', () => {
    const codec = AvroCodec.of('string');
    for (let size = 2040; size < 2056; size++) {
      const text = 'x'.repeat(size);
      const bytes = codec.encode(text, {}, 5);
      expect(bytes).toHaveLength(5 + 2 + size);
      expect(codec.decode(bytes, 5)).toBe(text);
    }
  });
});

describe('a value that does not match', () => {
  it('is told with topic, path, value and expected type', () => {
    expect(failure(() => incidents.validate(7, topic)).message).toBe(
      'The value for topic incidents does not match its Avro schema: the value itself is 7, expected record ops.Incident. ' +
        'Correct the value, or change the schema first.',
    );
    expect(mismatchOf({ ...valid, priority: 'high' })).toBe(
      'priority is "high", expected int (a whole number from -2147483648 to 2147483647)',
    );
    expect(mismatchOf({ ...valid, status: 'Old' })).toBe(
      'status is "Old", expected enum ops.Status (New, Accepted)',
    );
    expect(mismatchOf({ ...valid, items: [{ id: 1 }, {}] })).toBe(
      'items[1].id is undefined, expected long (a whole number within ±9007199254740991)',
    );
    expect(mismatchOf({ ...valid, items: { id: 1 } })).toBe(
      'items is { id: 1 }, expected array of record ops.Item',
    );
    expect(mismatchOf({ ...valid, labels: { 'a b': '1' } })).toBe(
      'labels["a b"] is "1", expected double (a finite number)',
    );
    expect(mismatchOf({ ...valid, note: 7 })).toBe(
      'note is 7, expected null or string (well-formed Unicode)',
    );
    expect(mismatchOf({ ...valid, former: 'Old' })).toBe(
      'former is "Old", expected null or enum ops.Status (New, Accepted)',
    );
  });

  it('is told without a topic where there is none', () => {
    expect(failure(() => incidents.validate(null)).message).toMatch(
      /^The value does not match/,
    );
  });

  it('may be asked for as data', () => {
    expect(incidents.findMismatch(valid)).toBeUndefined();
    expect(incidents.findMismatch({ ...valid, id: 1 })).toEqual({
      path: 'id',
      value: 1,
      expected: 'string (well-formed Unicode)',
    });
  });

  it('is refused for a field that the schema does not declare', () => {
    expect(mismatchOf({ ...valid, asignee: 'Ada' })).toBe(
      'asignee is "Ada", expected no such field: record ops.Incident has id, status, priority, at, note, items, labels, former',
    );
    expect(mismatchOf({ ...valid, items: [{ id: 1, constructor: 2 }] })).toBe(
      'items[0].constructor is 2, expected no such field: record ops.Item has id',
    );
  });

  it('is refused for null or a missing field where the schema does not say so', () => {
    const { id, ...rest } = valid;
    expect(mismatchOf(rest)).toMatch(/^id is undefined, expected string/);
    expect(mismatchOf({ ...valid, id: null })).toMatch(/^id is null, expected/);
    expect(id).toBe('i-1');
    const nullable = AvroCodec.of({
      type: 'record',
      name: 'N',
      fields: [{ name: 'a', type: ['null', 'int'] }],
    });
    expect(mismatchOf({}, nullable)).toMatch(/^a is undefined, expected null/);
  });

  it.each<[AvroSchema, unknown]>([
    ['int', 2147483648],
    ['int', 1.5],
    ['int', '1'],
    ['int', 1n],
    ['int', NaN],
    ['long', MAX + 1],
    ['long', 0.5],
    ['long', 12n],
    ['long', Infinity],
    ['long', NaN],
    ['float', 1e39],
    ['float', NaN],
    ['double', Infinity],
    ['double', NaN],
    ['double', '1'],
    ['boolean', 1],
    ['null', undefined],
    ['bytes', 'abc'],
    ['bytes', new Uint8Array(2)],
    ['string', Buffer.from('a')],
    ['string', '\ud800'],
    [{ type: 'fixed', name: 'F', size: 3 }, Buffer.alloc(2)],
    [{ type: 'enum', name: 'E', symbols: ['A'] }, 'toString'],
    [{ type: 'enum', name: 'E', symbols: ['A'] }, ['A']],
    [{ type: 'map', values: 'int' }, new Map([['a', 1]])],
    [{ type: 'map', values: 'int' }, [1]],
    [{ type: 'map', values: 'int' }, new Date(0)],
    [{ type: 'map', values: 'int' }, JSON.parse('{"__proto__":1}')],
    [{ type: 'map', values: 'int' }, { '\udc00': 1 }],
    [{ type: 'array', items: 'int' }, { length: 0 }],
    [{ type: 'array', items: 'int' }, new Set([1])],
    [{ type: 'record', name: 'R', fields: [] }, Promise.resolve({})],
    [{ type: 'record', name: 'R', fields: [] }, []],
    [['null', 'int'], 1n],
    [['null', 'int'], undefined],
    [['null', { type: 'map', values: 'int' }], new Date(0)],
  ])('is refused: %j does not take %p', (schema, value) => {
    const codec = new AvroCodec(schema);
    expect(failure(() => codec.encode(value)).code).toBe('SCHEMA_MISMATCH');
  });

  it('is refused when it changes between the check and the encoding', () => {
    let reads = 0;
    const fickle = {
      ...valid,
      get priority() {
        return (reads++ === 0 ? 1 : 'high') as number;
      },
    };
    const error = failure(() => AvroCodec.of(incident).encode(fickle, topic));
    expect(error.code).toBe('SCHEMA_MISMATCH');
    expect(error.message).toMatch(
      /^The value for topic incidents matched its Avro schema, and no longer when it was encoded: invalid/,
    );
  });

  it('is refused when it goes round in a circle', () => {
    const list = AvroCodec.of({
      type: 'record',
      name: 'L',
      fields: [{ name: 'next', type: ['null', 'L'] }],
    });
    const circle: { next: unknown } = { next: null };
    circle.next = circle;
    expect(mismatchOf(circle, list)).toMatch(
      /^the value itself is .*\[Circular.*, expected a value less deep, without cycles$/,
    );
  });

  it('is shown in a line, however large', () => {
    const found = mismatchOf({ ...valid, id: { a: 'x'.repeat(1e6) } });
    expect(found.length).toBeLessThan(250);
    expect(mismatchOf({ ...valid, priority: 'x'.repeat(1e6) })).toMatch(
      /^priority is "x{80}"… \(1000000 characters\), expected int/,
    );
  });
});

describe('bytes that are not what they say', () => {
  const numbers = AvroCodec.of({ type: 'array', items: 'long' });
  const words = AvroCodec.of({ type: 'map', values: 'string' });
  const hugeCount = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x20, 0x00]);

  it('does not believe a count that the bytes cannot hold', () => {
    expect(failure(() => numbers.decode(hugeCount)).message).toMatch(
      /: 4294967296 items in 1 bytes \(6 bytes\)/,
    );
    expect(failure(() => words.decode(hugeCount)).code).toBe('INVALID_RECORD');
  });

  it('reads blocks with and without a size, and believes neither blindly', () => {
    expect(numbers.decode(Buffer.from([2, 2, 2, 4, 0]))).toEqual([1, 2]);
    expect(numbers.decode(Buffer.from([3, 4, 2, 4, 0]))).toEqual([1, 2]);
    expect(
      failure(() => numbers.decode(Buffer.from([3, 6, 2, 4, 0]))).message,
    ).toMatch(/a block does not have its 3 bytes/);
    expect(
      failure(() => numbers.decode(Buffer.from([3, 9, 2, 4, 0]))).message,
    ).toMatch(/a block does not have its -5 bytes/);
  });

  it('refuses an index, a length and a number that cannot be', () => {
    const codec = AvroCodec.of({
      type: 'array',
      items: ['null', { type: 'enum', name: 'E', symbols: ['A'] }, 'bytes'],
    });
    const reason = (...bytes: number[]) =>
      failure(() => codec.decode(Buffer.from(bytes))).message;
    expect(reason(2, 6, 0)).toMatch(/index 3 of a union or enum of 3/);
    expect(reason(2, 2, 2, 0)).toMatch(/index 1 of a union or enum of 1/);
    expect(reason(2, 4, 1, 0)).toMatch(/a length is -1/);
    expect(reason(2, 4, 8, 0)).toMatch(/the bytes end inside a value/);
    expect(reason(...Array.from({ length: 11 }, () => 0xff))).toMatch(
      /more than ten bytes/,
    );
    const plain = AvroCodec.of({ type: 'enum', name: 'E', symbols: ['A'] });
    expect(failure(() => plain.decode(Buffer.from([2]))).code).toBe(
      'INVALID_RECORD',
    );
  });

  it('refuses a long that a number cannot hold', () => {
    const long = AvroCodec.of('long');
    const bytes = Buffer.from('feffffffffffffff7f', 'hex');
    expect(failure(() => long.decode(bytes)).message).toMatch(
      /not within ±\(2\^53 - 1\)/,
    );
  });

  it('refuses a map that would change the prototype', () => {
    const bytes = Buffer.concat([
      Buffer.from([2, 18]),
      Buffer.from('__proto__'),
      Buffer.from([0, 0]),
    ]);
    expect(failure(() => words.decode(bytes)).message).toMatch(
      /a map has the key __proto__/,
    );
  });

  it('refuses a record that would go on for ever', () => {
    const endless = AvroCodec.of({
      type: 'record',
      name: 'L',
      fields: [{ name: 'next', type: ['L', 'null'] }],
    });
    expect(failure(() => endless.decode(Buffer.alloc(1))).code).toBe(
      'INVALID_RECORD',
    );
  });

  it('gives a value or a typed error for any bytes, in little time', () => {
    let seed = 7;
    const next = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) >> 16;
    for (let round = 0; round < 5000; round++) {
      const bytes = Buffer.from(
        Array.from({ length: next() % 40 }, () => next() & 0xff),
      );
      try {
        incidents.decode(bytes);
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID_RECORD' });
      }
    }
  });
});

const recordOf = (type: AvroSchema, rest: object = {}): AvroSchema => ({
  type: 'record',
  name: 'R',
  fields: [{ name: 'f', type, ...rest }],
});
const emptyRecord = (name: string): AvroSchema => ({
  type: 'record',
  name,
  fields: [],
});

describe('a schema that cannot be used', () => {
  it.each<[string, AvroSchema, RegExp]>([
    ['an unknown name', 'Nowhere', /undefined type name: Nowhere/],
    ['no schema', undefined as unknown as AvroSchema, /There is no Avro/],
    ['null', null as unknown as AvroSchema, /did you mean "null"/],
    ['a bigint', recordOf('long', { default: 1n }), /not valid JSON/],
    ['an empty union', recordOf([]), /empty union/],
    ['a union in a union', recordOf(['null', ['int']]), /nested/],
    [
      'a record without a name',
      { type: 'record', fields: [] } as unknown as AvroSchema,
      /missing name/,
    ],
    [
      'an inherited name for a type',
      recordOf({ type: 'constructor' } as unknown as AvroSchema),
      /The Avro schema's f is of no type that Avro knows/,
    ],
    [
      'an error',
      { type: 'error', name: 'E', fields: [] } as unknown as AvroSchema,
      /is an error type/,
    ],
    ['a default of another type', recordOf('int', { default: 'a' }), /default/],
    [
      'a default that is no symbol',
      recordOf(
        { type: 'enum', name: 'E', symbols: ['A'] },
        { default: 'valueOf' },
      ),
      /The Avro schema's f has a default of "valueOf", expected enum E \(A\)/,
    ],
    [
      'two records in a union',
      recordOf({ type: 'array', items: [emptyRecord('A'), emptyRecord('B')] }),
      /The Avro schema's f\[\] is a union of record A and record B, which cannot be told apart/,
    ],
    [
      'a record and a map in a union',
      recordOf(['null', emptyRecord('A'), { type: 'map', values: 'int' }]),
      /f is a union of record A and map of int/,
    ],
    [
      'two numbers',
      recordOf(['int', 'double']),
      /f is a union of int .* and double/,
    ],
    ['string and bytes', recordOf(['string', 'bytes']), /cannot be told apart/],
    ['bytes and string', recordOf(['bytes', 'string']), /cannot be told apart/],
    [
      'an ambiguous union in a map',
      { type: 'map', values: ['int', 'long'] },
      /The Avro schema's \{\} is a union/,
    ],
    [
      'a field called __proto__',
      {
        type: 'record',
        name: 'R',
        fields: [{ name: '__proto__', type: 'int' }],
      },
      /__proto__ has a name that no JavaScript object can hold/,
    ],
    [
      'an array of nothing',
      recordOf({ type: 'array', items: 'null' }),
      /The Avro schema's f is an array of items that take no bytes/,
    ],
  ])('is refused: %s', (_name, schema, message) => {
    const error = failure(() => new AvroCodec(schema));
    expect(error.code).toBe('INVALID_SCHEMA');
    expect(error.message).toMatch(message);
  });

  it('is refused with the reason of avsc as its cause', () => {
    const error = failure(() => new AvroCodec('Nowhere'));
    expect(error.cause).toMatchObject({
      message: 'undefined type name: Nowhere',
    });
    expect(failure(() => AvroCodec.fromText('{')).cause).toBeInstanceOf(Error);
  });

  it('does not spoil names for other schemas', () => {
    expect(() => new AvroCodec(emptyRecord('constructor'))).not.toThrow();
    expect(() => new AvroCodec(emptyRecord('Same'))).not.toThrow();
    expect(() => new AvroCodec(emptyRecord('Same'))).not.toThrow();
    expect(() => new AvroCodec('Same')).toThrow(/undefined type name/);
  });
});

describe('schema text and fingerprint', () => {
  it('do not depend on the order of keys or on white space', () => {
    const text = JSON.stringify(
      {
        fields: incident.fields,
        name: incident.name,
        namespace: 'ops',
        type: 'record',
      },
      null,
      2,
    );
    const same = AvroCodec.fromText(text);
    expect(same.schemaText).toBe(incidents.schemaText);
    expect(same.fingerprint).toBe(incidents.fingerprint);
    expect(same.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(AvroCodec.fromText(same.schemaText).schemaText).toBe(
      same.schemaText,
    );
  });

  it.each<[string, object]>([
    ['doc', { doc: 'An incident' }],
    ['aliases', { aliases: ['Event'] }],
    [
      'the order of fields',
      { fields: [incident.fields[1], incident.fields[0]] },
    ],
    [
      'a default',
      {
        fields: incident.fields.map((field) =>
          field.name === 'priority' ? { ...field, default: 3 } : field,
        ),
      },
    ],
  ])('depend on %s', (_name, change) => {
    const other = new AvroCodec({ ...incident, ...change });
    expect(other.fingerprint).not.toBe(incidents.fingerprint);
  });
});

describe('decoderFor', () => {
  const reader = AvroCodec.of({
    type: 'record',
    name: 'Incident',
    fields: [
      { name: 'key', type: 'string', aliases: ['id'] },
      { name: 'priority', type: 'double' },
      { name: 'team', type: ['null', 'string'], default: null },
      { name: 'items', type: { type: 'array', items: 'long' }, default: [7] },
    ],
  });
  const former = AvroCodec.of({
    type: 'record',
    name: 'elsewhere.Incident',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'gone', type: { type: 'array', items: 'string' } },
      { name: 'priority', type: 'long' },
      { name: 'items', type: { type: 'array', items: 'int' } },
    ],
  });
  const old = { id: 'i-1', gone: ['x', 'y'], priority: 2, items: [1] };
  const read = {
    key: 'i-1',
    priority: 2,
    team: null,
    items: [1],
  };

  it('reads a former version: aliases, wider numbers, defaults, fields left out', () => {
    const decode = reader.decoderFor(former);
    expect(decode(former.encode(old, {}, 5), 5)).toEqual(read);
  });

  it('refuses bytes of a former version that are cut at any byte', () => {
    const decode = reader.decoderFor(former);
    const bytes = former.encode(old);
    for (let cut = 0; cut < bytes.length; cut++) {
      const error = failure(() => decode(bytes.subarray(0, cut), 0, topic));
      expect(error.code).toBe('INVALID_RECORD');
      expect(error.message).toMatch(/^The value for topic incidents is not/);
    }
  });

  it('does not skip back over a block whose size is negative', () => {
    const decode = reader.decoderFor(former);
    // id "", then a block of one "x" of -1 bytes in the field that is skipped.
    const bytes = Buffer.from([0, 1, 1, 2, 0x78, 0, 4, 0]);
    expect(failure(() => decode(bytes)).message).toMatch(
      /does not have its -1/,
    );
  });

  it('refuses a long whose sign would be lost as a double', () => {
    const decode = reader.decoderFor(former);
    const bytes = (priority: number) => former.encode({ ...old, priority });
    expect(decode(bytes(-(2 ** 52))).priority).toBe(-(2 ** 52));
    expect(decode(bytes(MAX)).priority).toBe(MAX);
    expect(failure(() => decode(bytes(-MAX))).message).toMatch(
      /the long -9007199254740991 cannot be read as float or double/,
    );
  });

  it('needs no resolver for the same schema', () => {
    const decode = reader.decoderFor(AvroCodec.fromText(reader.schemaText));
    const value = { key: 'a', priority: 0.5 };
    expect(decode(reader.encode(value))).toMatchObject(value);
  });

  it('takes the default of an enum for a symbol it does not know', () => {
    const symbols = { type: 'enum', name: 'E', default: 'A' } as const;
    const one = AvroCodec.of({ ...symbols, symbols: ['A', 'B'] });
    const other = AvroCodec.of({ ...symbols, symbols: ['C', 'B', 'A'] });
    const decode = one.decoderFor(other);
    expect(decode(other.encode('C'))).toBe('A');
    expect(decode(other.encode('B'))).toBe('B');
  });

  it.each<[string, AvroSchema, AvroSchema]>([
    ['another type', 'int', 'string'],
    ['a narrower number', 'int', 'long'],
    ['a null it does not take', 'int', ['null', 'int']],
    [
      'a new field without a default',
      { type: 'record', name: 'R', fields: [{ name: 'a', type: 'int' }] },
      { type: 'record', name: 'R', fields: [] },
    ],
    [
      'a symbol it does not know',
      { type: 'enum', name: 'E', symbols: ['A'] },
      { type: 'enum', name: 'E', symbols: ['A', 'B'] },
    ],
    [
      'another name',
      { type: 'fixed', name: 'A', size: 1 },
      { type: 'fixed', name: 'B', size: 1 },
    ],
  ])('refuses %s', (_name, mine, theirs) => {
    const error = failure(() =>
      new AvroCodec(mine).decoderFor(new AvroCodec(theirs)),
    );
    expect(error.code).toBe('SCHEMA_MISMATCH');
    expect(error.message).toMatch(
      /^The writer's schema cannot be read with this one: .*Give new fields a default/,
    );
    expect(error.cause).toBeInstanceOf(Error);
  });
});
