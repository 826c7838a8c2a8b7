import { PostamtError } from '#kernel';
import { Catalogue, topicConfigEntries } from '#log';
import type { Database } from '#postgres';
import { AvroCodec } from '../avro-codec.js';
import type { AvroSchema } from '../avro-schema.js';
import { KeyCodec } from '../key-codec.js';
import { withSchemaOf } from '../schema-fault.js';
import type { TopicDefinition } from '../topic-definition.js';
import { listVersions } from './list-versions.js';
import { valueSubject } from './register-schema.js';

/**
 * The definition of a topic as the database knows it, for tools that have no `defineTopic` of their own: values by the
 * latest version of its subject, keys as bytes, since nobody registers what keys are.
 *
 * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION; UNKNOWN_SUBJECT where no value schema is registered for the topic;
 * INVALID_SCHEMA for one that this version cannot read
 *
 * @example
 * const incidents = await topicFromRegistry(db, 'incidents');
 * const producer = await Producer.open(db, [incidents]);
 */
export async function topicFromRegistry(
  db: Database,
  name: string,
): Promise<TopicDefinition<Buffer>> {
  const topic = await new Catalogue(db).topic(name);
  const text = await latestSchemaText(db, name);
  return Object.freeze({
    name,
    partitions: topic.partitions.length,
    config: Object.freeze({ ...topicConfigEntries(topic.config) }),
    valueSchema: JSON.parse(text) as AvroSchema,
    keyCodec: new KeyCodec<Buffer>('bytes'),
    valueCodec: withSchemaOf(`Topic ${name}`, () => AvroCodec.fromText(text)),
  });
}

async function latestSchemaText(db: Database, name: string): Promise<string> {
  const subject = valueSubject(name);
  const latest = (await listVersions(db, subject)).at(-1);
  if (latest) return latest.schemaText;
  throw new PostamtError(
    'UNKNOWN_SUBJECT',
    `topic ${name} has no value schema: the subject ${subject} has no version; register one, or open the topic with a definition`,
  );
}
