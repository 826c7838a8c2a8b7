import { defineTopic, type TopicValue } from 'postamt';

const nullable = ['null', 'string'] as const;

/** What happens to incidents, by the incident's id: the events of one incident keep their order. */
export const incidents = defineTopic('incidents', {
  partitions: 6,
  // What is rebuilt from is kept: for ever, not for Kafka's seven days.
  config: { 'retention.ms': -1 },
  key: 'string',
  value: {
    type: 'record',
    name: 'IncidentChanged',
    fields: [
      { name: 'seq', type: 'int' },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'status', type: 'string' },
      { name: 'subStatus', type: 'string' },
      { name: 'impact', type: nullable, default: null },
      { name: 'product', type: nullable, default: null },
      { name: 'resource', type: nullable, default: null },
      { name: 'resourceCountry', type: nullable, default: null },
      { name: 'supportGroup', type: nullable, default: null },
      { name: 'role', type: nullable, default: null },
      { name: 'organization', type: nullable, default: null },
      { name: 'organizationCountry', type: nullable, default: null },
    ],
  },
});

export type IncidentChanged = TopicValue<typeof incidents>;
