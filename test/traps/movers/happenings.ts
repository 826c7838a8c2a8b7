import { defineTopic } from '#schemas';

/** The topic that scenes publish to. One partition, so that every order shows. */
export const happenings = defineTopic('happenings', {
  value: {
    type: 'record',
    name: 'Happening',
    fields: [{ name: 'version', type: 'int' }],
  },
});
