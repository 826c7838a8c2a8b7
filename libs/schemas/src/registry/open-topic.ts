import { ensureTopic, type Topic } from '#log';
import type { Database } from '#postgres';
import type { TopicDefinition } from '../topic-definition.js';
import { ValueSerializer } from '../value-serializer.js';
import { registerSchema, valueSubject } from './register-schema.js';

/** A topic that exists, with its value schema registered: what is needed to write to it. */
export interface OpenTopic<Key = unknown, Value = unknown, Input = unknown> {
  readonly definition: TopicDefinition<Key, Value, Input>;
  readonly topic: Topic;
  readonly serializer: ValueSerializer<Key, Input>;
}

/**
 * Creates the topic where it does not exist and registers its value schema. A topic that exists keeps its partitions
 * and its configuration, whatever the definition says.
 *
 * @example
 * const { topic, serializer } = await openTopic(db, incidents);
 */
export async function openTopic<Key, Value, Input>(
  db: Database,
  definition: TopicDefinition<Key, Value, Input>,
): Promise<OpenTopic<Key, Value, Input>> {
  const { name, partitions, config, valueCodec } = definition;
  const topic = await ensureTopic(db, { name, partitions, config });
  if (topic.partitions.length !== partitions) {
    const fields = {
      topic: name,
      has: topic.partitions.length,
      defined: partitions,
    };
    db.logger.warn(
      fields,
      'a topic has another number of partitions than its definition says; it stays as it is',
    );
  }
  const { schemaId } = await registerSchema(db, valueSubject(name), valueCodec);
  return {
    definition,
    topic,
    serializer: new ValueSerializer(definition, schemaId),
  };
}
