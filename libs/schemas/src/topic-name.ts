import { PostamtError } from '#kernel';
import { showValue } from './show-value.js';

const LEGAL = /^[a-zA-Z0-9._-]{1,249}$/;

/**
 * Throws INVALID_TOPIC_EXCEPTION unless `name` may be a topic's: 1 to 249 letters, digits, `.`, `_` and `-`, and neither
 * `.` nor `..`.
 *
 * Source: Kafka, org.apache.kafka.common.internals.Topic.validate.
 */
export function assertTopicName(name: string): void {
  if (LEGAL.test(name) && name !== '.' && name !== '..') return;
  throw new PostamtError(
    'INVALID_TOPIC_EXCEPTION',
    `${showValue(name)} cannot be a topic's name: 1 to 249 letters, digits, '.', '_' and '-' are, but not '.' or '..'.`,
  );
}
