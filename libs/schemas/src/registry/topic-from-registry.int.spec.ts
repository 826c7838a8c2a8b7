import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { createTopic } from '#log';
import { useDatabase } from '#testing';
import { defineTopic } from '../define-topic.js';
import { listVersions } from './list-versions.js';
import { openTopic } from './open-topic.js';
import { valueSubject } from './register-schema.js';
import { topicFromRegistry } from './topic-from-registry.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const first = defineTopic('doors', {
  partitions: 3,
  config: { 'max.message.bytes': 5_000 },
  value: {
    type: 'record',
    name: 'Door',
    fields: [{ name: 'open', type: 'boolean' }],
  },
});
const second = defineTopic('doors', {
  partitions: 3,
  value: {
    name: 'Door',
    type: 'record',
    fields: [
      { name: 'open', type: 'boolean' },
      { name: 'by', type: 'string', default: '' },
    ],
  },
});

describe('topicFromRegistry', () => {
  it('has the latest value schema, and what the topic was created with', async () => {
    const db = database.open();
    await openTopic(db, first);
    const { serializer } = await openTopic(db, second);
    const topic = await topicFromRegistry(db, 'doors');
    expect(topic).toMatchObject({
      name: 'doors',
      partitions: 3,
      config: { 'max.message.bytes': 5_000 },
      valueSchema: second.valueSchema,
    });
    expect(topic.valueCodec.fingerprint).toBe(second.valueCodec.fingerprint);
    expect(topic.keyCodec.encode(Buffer.from([255]))).toEqual(
      Buffer.from([255]),
    );
    const opened = await openTopic(db, topic);
    expect(opened.serializer.schemaId).toBe(serializer.schemaId);
    expect(opened.serializer.serialize({ open: true })).toEqual(
      serializer.serialize({ open: true }),
    );
    expect(await listVersions(db, valueSubject('doors'))).toHaveLength(2);
  });

  it('refuses a topic that is not there, and one without a value schema', async () => {
    const db = database.open();
    await createTopic(db, { name: 'bare' });
    await expect(topicFromRegistry(db, 'nowhere')).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
    await expect(topicFromRegistry(db, 'bare')).rejects.toMatchObject({
      code: 'UNKNOWN_SUBJECT',
      message: expect.stringContaining(
        'topic bare has no value schema: the subject bare-value',
      ),
    });
  });
});
