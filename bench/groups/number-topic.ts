import { defineTopic } from '#schemas';

const TEXT = 'x'.repeat(90);

/** Records of about 100 bytes that bear a number. */
export function numberTopic(name: string, partitions = 6) {
  return defineTopic(name, {
    partitions,
    value: {
      type: 'record',
      name: 'Numbered',
      fields: [
        { name: 'number', type: 'int' },
        { name: 'text', type: 'string' },
      ],
    },
  });
}

export type NumberTopic = ReturnType<typeof numberTopic>;

const KEYS = 10_000;

/** The record number `n`. */
export function numbered(n: number) {
  return { key: `key-${n % KEYS}`, value: { number: n, text: TEXT } };
}
