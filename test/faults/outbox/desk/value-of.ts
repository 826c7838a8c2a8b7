import { ValueDeserializer, type TopicValue } from '#schemas';
import { changes, topicNamed } from './topics.js';

const deserializer = new ValueDeserializer(changes);

/** The value of a record of the desk's topics, which share their schema. */
export function valueOf(
  topic: string,
  bytes: Buffer | null,
): TopicValue<typeof changes> {
  if (bytes === null) throw new Error(`a record of ${topic} has no value`);
  return deserializer.deserialize(bytes, () => topicNamed(topic).valueCodec);
}
