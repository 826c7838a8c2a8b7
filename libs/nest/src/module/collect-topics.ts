import { PostamtError } from '#kernel';
import type { TopicDefinition } from '#schemas';

/**
 * The topics of an application by their names. The same definition may come more than once.
 *
 * @throws PostamtError INVALID_WIRING when two definitions have one name
 */
export function collectTopics(
  topics: readonly TopicDefinition[],
): ReadonlyMap<string, TopicDefinition> {
  const byName = new Map<string, TopicDefinition>();
  for (const topic of topics) {
    const known = byName.get(topic.name);
    if (known !== undefined && known !== topic)
      throw new PostamtError(
        'INVALID_WIRING',
        `topic ${topic.name} is defined twice: give one result of defineTopic to all modules`,
      );
    byName.set(topic.name, topic);
  }
  return byName;
}
