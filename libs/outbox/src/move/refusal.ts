import { PostamtError } from '#kernel';
import type { Topic } from '#log';
import { RecordBatchBuilder } from '#records';
import { recordOf } from './build-batches.js';
import type { PendingEvent } from './pending-event.js';

/** Below this share of max.message.bytes a record fits whatever its header and varints take. */
const SURELY_FITS = 0.5;

/**
 * Why a topic cannot take an event, although it could when the event was published: the topic is gone, or was altered
 * since.
 */
export function refusal(
  event: PendingEvent,
  topic: Topic | undefined,
): PostamtError | undefined {
  if (!topic) return topicGone(event);
  if (event.key === null && topic.config.cleanupPolicy.includes('compact')) {
    return new PostamtError(
      'INVALID_RECORD',
      `the outbox event ${event.eventId} has no key, and topic ${topic.name} is compacted`,
    );
  }
  return tooLarge(event, topic);
}

function topicGone(event: PendingEvent): PostamtError {
  return new PostamtError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `the outbox event ${event.eventId} is for topic number ${event.topicNumber}, which is gone`,
  );
}

function tooLarge(event: PendingEvent, topic: Topic): PostamtError | undefined {
  const { maxMessageBytes } = topic.config;
  const roughly =
    (event.key?.length ?? 0) +
    (event.value?.length ?? 0) +
    (event.headers ?? []).reduce(
      (sum, [name, value]) => sum + name.length * 3 + value.length,
      256,
    );
  if (roughly < maxMessageBytes * SURELY_FITS) return undefined;
  const alone = new RecordBatchBuilder({ maxBytes: maxMessageBytes });
  alone.append(recordOf(event));
  const { length } = alone.build();
  if (length <= maxMessageBytes) return undefined;
  return new PostamtError(
    'MESSAGE_TOO_LARGE',
    `the outbox event ${event.eventId} takes a batch of ${length} bytes, and topic ${topic.name} has a max.message.bytes of ${maxMessageBytes}`,
  );
}
