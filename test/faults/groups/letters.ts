import { defineTopic } from '#schemas';

/** What producers of a run write. */
const letter = {
  type: 'record',
  name: 'Letter',
  fields: [{ name: 'n', type: 'int' }],
} as const;

export const letters = defineTopic('letters', {
  partitions: 6,
  key: 'string',
  value: letter,
});
export const parcels = defineTopic('parcels', {
  partitions: 2,
  key: 'string',
  value: letter,
});
export const TOPICS = [letters, parcels] as const;
