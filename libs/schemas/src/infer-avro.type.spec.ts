import { expect, it } from '@jest/globals';
import { AvroCodec } from './avro-codec.js';
import { type AvroSchema, avroSchema } from './avro-schema.js';
import { defineTopic } from './define-topic.js';
import type { InferAvro, InferAvroInput } from './infer-avro.js';
import type {
  TopicDefinition,
  TopicInput,
  TopicKey,
  TopicValue,
} from './topic-definition.js';
import { ValueDeserializer } from './value-deserializer.js';
import { ValueSerializer } from './value-serializer.js';

/** True for two types that are the same, not merely assignable: `true satisfies Equal<A, B>` builds only then. */
// oxlint-disable typescript/no-unnecessary-type-parameters -- the parameter makes the compiler compare A and B exactly
type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2
    ? true
    : false;
// oxlint-enable typescript/no-unnecessary-type-parameters

const incidentChanged = avroSchema({
  type: 'record',
  name: 'IncidentChanged',
  namespace: 'ops',
  fields: [
    {
      name: 'status',
      type: { type: 'enum', name: 'Status', symbols: ['New', 'Accepted'] },
    },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'assignee', type: ['null', 'string'], default: null },
    { name: 'former', type: ['null', 'ops.Status'], default: null },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'labels', type: { type: 'map', values: 'int' } },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 16 } },
    { name: 'photo', type: ['null', 'bytes'] },
    { name: 'open', type: 'boolean' },
    { name: 'weight', type: 'double', default: 1 },
  ],
});

it('infers what decoding gives', () => {
  expect(
    true satisfies Equal<
      InferAvro<typeof incidentChanged>,
      {
        status: 'New' | 'Accepted';
        at: number;
        assignee: string | null;
        former: 'New' | 'Accepted' | null;
        tags: string[];
        labels: { [key: string]: number };
        hash: Buffer;
        photo: Buffer | null;
        open: boolean;
        weight: number;
      }
    >,
  ).toBe(true);
  // @ts-expect-error: the helper itself must tell types apart
  expect(true satisfies Equal<InferAvro<'int'>, string>).toBe(true);
});

it('infers what encoding takes: defaults are optional, arrays may be readonly', () => {
  expect(
    true satisfies Equal<
      InferAvroInput<typeof incidentChanged>,
      {
        status: 'New' | 'Accepted';
        at: number;
        tags: readonly string[];
        labels: { readonly [key: string]: number };
        hash: Buffer;
        photo: Buffer | null;
        open: boolean;
        assignee?: string | null | undefined;
        former?: 'New' | 'Accepted' | null | undefined;
        weight?: number | undefined;
      }
    >,
  ).toBe(true);
  const read = (value: InferAvro<typeof incidentChanged>) => {
    const written: InferAvroInput<typeof incidentChanged> = value;
    return written;
  };
  expect(read).toBeDefined();
});

it('infers primitives, short and long, and unions', () => {
  expect(true satisfies Equal<InferAvro<'null'>, null>).toBe(true);
  expect(true satisfies Equal<InferAvro<'string'>, string>).toBe(true);
  expect(true satisfies Equal<InferAvro<'float'>, number>).toBe(true);
  expect(
    true satisfies Equal<
      InferAvro<{ type: 'bytes'; logicalType: 'decimal' }>,
      Buffer
    >,
  ).toBe(true);
  expect(
    true satisfies Equal<
      InferAvro<readonly ['null', 'boolean']>,
      boolean | null
    >,
  ).toBe(true);
  expect(true satisfies Equal<InferAvro<AvroSchema>, unknown>).toBe(true);
  expect(true satisfies Equal<InferAvroInput<AvroSchema>, unknown>).toBe(true);
  expect(true satisfies Equal<InferAvro<string>, unknown>).toBe(true);
  expect(true satisfies Equal<InferAvro<'Nowhere'>, never>).toBe(true);
});

interface Tree {
  label: string;
  children: Tree[];
  parent: Tree | null;
}

it('infers a record that refers to itself', () => {
  const tree = avroSchema({
    type: 'record',
    name: 'a.b.Tree',
    fields: [
      { name: 'label', type: 'string' },
      { name: 'children', type: { type: 'array', items: 'Tree' } },
      { name: 'parent', type: ['null', 'a.b.Tree'] },
    ],
  });
  const asTree = (value: InferAvro<typeof tree>): Tree => value;
  const codec = AvroCodec.of(tree);
  const value = {
    label: 'root',
    children: [{ label: 'leaf', children: [], parent: null }],
    parent: null,
  };
  const decoded = asTree(codec.decode(codec.encode(value)));
  expect(decoded).toEqual(value);
  expect(
    true satisfies Equal<(typeof decoded)['children'][number]['label'], string>,
  ).toBe(true);
  // @ts-expect-error: a grandchild is typed as well
  codec.findMismatch(codec.decode(codec.encode(value)).children[0]?.nothing);
});

it('infers a topic from an inline schema, without as const', () => {
  const incidents = defineTopic('incidents', {
    partitions: 6,
    key: 'string',
    value: {
      type: 'record',
      name: 'Incident',
      fields: [
        { name: 'id', type: 'string' },
        { name: 'note', type: ['null', 'string'], default: null },
      ],
    },
  });
  expect(true satisfies Equal<TopicKey<typeof incidents>, string>).toBe(true);
  expect(
    true satisfies Equal<
      TopicValue<typeof incidents>,
      { id: string; note: string | null }
    >,
  ).toBe(true);
  expect(
    true satisfies Equal<
      TopicInput<typeof incidents>,
      { id: string; note?: string | null | undefined }
    >,
  ).toBe(true);
  const photos = defineTopic('photos', { key: 'bytes', value: 'bytes' });
  expect(true satisfies Equal<TopicKey<typeof photos>, Buffer>).toBe(true);
  const plain = defineTopic('plain', { value: 'int' });
  expect(true satisfies Equal<TopicKey<typeof plain>, string>).toBe(true);

  const any: readonly TopicDefinition[] = [incidents, photos, plain];
  expect(any).toHaveLength(3);
  // @ts-expect-error: no such kind of key
  expect(() => defineTopic('numbers', { key: 'int', value: 'int' })).toThrow();
  // @ts-expect-error: no such type of schema
  expect(() => defineTopic('typo', { value: { type: 'strin' } })).toThrow();
});

it('gives serializer and deserializer the types of the topic', () => {
  const incidents = defineTopic('incidents', { value: incidentChanged });
  const serializer = new ValueSerializer(incidents, 7);
  const deserializer = new ValueDeserializer(incidents);
  const input = {
    status: 'New',
    at: 1,
    tags: [],
    labels: {},
    hash: Buffer.alloc(16),
    photo: null,
    open: true,
  } as const;
  const bytes = serializer.serialize(input);
  const value = deserializer.deserialize(bytes, () => incidents.valueCodec);
  expect(
    true satisfies Equal<typeof value, InferAvro<typeof incidentChanged>>,
  ).toBe(true);
  // @ts-expect-error: no symbol of the enum
  expect(() => serializer.serialize({ ...input, status: 'Old' })).toThrow();
  // @ts-expect-error: a required field is missing
  expect(() => serializer.serialize({ status: 'New' })).toThrow();
  // @ts-expect-error: the key is a string
  expect(() => serializer.serializeKey(7)).toThrow();
  expect(serializer.serializeKey(null)).toBeNull();
});
