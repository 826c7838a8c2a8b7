import { isPostamtError, PostamtError } from '#kernel';
import { partitionOf, planAppend, type Topic } from '#log';
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
  if (!isWellFormed(event)) {
    return new PostamtError(
      'INVALID_RECORD',
      `the outbox event ${event.eventId} was not written by publish: its headers have to be pairs of a name and base64, its timestamp milliseconds since 1970`,
    );
  }
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
  const fault = faultOf(topic, alone.build());
  if (!fault) return undefined;
  return new PostamtError(
    fault.code,
    `the outbox event ${event.eventId} is too large for its topic: ${fault.message}`,
    { cause: fault },
  );
}

/** Why a batch cannot be appended, as the topic stores it: one that is packed again may take more bytes. */
function faultOf(topic: Topic, bytes: Buffer): PostamtError | undefined {
  try {
    const partition = partitionOf(topic, topic.partitions[0]?.index ?? 0);
    planAppend(topic, partition, bytes, { built: true, anyTime: true });
    return undefined;
  } catch (error) {
    if (isPostamtError(error)) return error;
    throw error;
  }
}

/** Whether a record can be made of it; plain SQL may have written anything. */
function isWellFormed({ headers, timestamp }: PendingEvent): boolean {
  if (!Number.isSafeInteger(timestamp) || timestamp < -1) return false;
  if (headers === null) return true;
  return (
    Array.isArray(headers) &&
    headers.every(
      (header: unknown) =>
        Array.isArray(header) &&
        typeof header[0] === 'string' &&
        typeof header[1] === 'string',
    )
  );
}
