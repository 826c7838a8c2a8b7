import { PostamtError } from '#kernel';

/**
 * Checks a topic's name by Kafka's rule (org.apache.kafka.common.internals.Topic.validate): 1 to 249 of a-z, A-Z, 0-9,
 * `.`, `_` and `-`, and not `.` or `..`.
 *
 * @throws PostamtError INVALID_TOPIC_EXCEPTION
 */
export function checkTopicName(name: string): string {
  const legal = /^[a-zA-Z0-9._-]{1,249}$/.test(name);
  if (legal && name !== '.' && name !== '..') return name;
  throw new PostamtError(
    'INVALID_TOPIC_EXCEPTION',
    `${JSON.stringify(name)} cannot be a topic's name: 1 to 249 letters, digits, '.', '_' and '-' are, but not '.' or '..'`,
  );
}
