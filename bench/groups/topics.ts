import { randomBytes } from 'node:crypto';
import { defineTopic, type TopicInput } from '#schemas';

export const PARTITIONS = 6;
const VALUE_BYTES = 100;

/** Values of bytes as they are: what decoding them costs is next to nothing. */
export function bytesTopic(name: string) {
  return defineTopic(name, {
    partitions: PARTITIONS,
    key: 'bytes',
    value: 'bytes',
  });
}

/** Values as applications have them. */
export function typedTopic(name: string) {
  return defineTopic(name, {
    partitions: PARTITIONS,
    value: {
      type: 'record',
      name: 'IncidentChanged',
      fields: [
        { name: 'number', type: 'int' },
        { name: 'status', type: 'string' },
        { name: 'by', type: 'string' },
        { name: 'assignee', type: ['null', 'string'] },
        { name: 'text', type: 'string' },
      ],
    },
  });
}

export type BytesTopic = ReturnType<typeof bytesTopic>;
export type TypedTopic = ReturnType<typeof typedTopic>;

/** A key of 10 bytes and a value of 100 that no compression makes smaller. */
export function bytesRecord(n: number) {
  return { key: Buffer.from(keyOf(n)), value: randomBytes(VALUE_BYTES) };
}

const STATUSES = ['Submitted', 'Accepted', 'Dispatched', 'Resolved'];
const TEXT = 'x'.repeat(64);

/** The same key and a value of about 100 bytes. */
export function typedRecord(n: number): {
  readonly key: string;
  readonly value: TopicInput<TypedTopic>;
} {
  const value = {
    number: n,
    status: STATUSES[n % STATUSES.length] as string,
    by: `user-${n % 977}`,
    assignee: n % 3 === 0 ? null : `user-${n % 31}`,
    text: TEXT,
  };
  return { key: keyOf(n), value };
}

function keyOf(n: number): string {
  return `k${String((n * 7919) % 1e9).padStart(9, '0')}`;
}
