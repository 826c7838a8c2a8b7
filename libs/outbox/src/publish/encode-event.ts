import { newEventId, PostamtError } from '#kernel';
import { requireTimely } from '#log';
import { recordHeaders, recordTimestamp } from '#records';
import type { OpenTopic } from '#schemas';
import { shardOf } from '../shard.js';
import { deliveryTime, type DeliveryTime } from './delivery-time.js';
import { EVENT_ID_HEADER, type OutboxEvent } from './outbox-event.js';
import { withTrace, type TraceHeaders } from './trace-headers.js';

/** An event as it goes into `outbox_events`. */
export interface EncodedEvent extends DeliveryTime {
  readonly id: string;
  /** Whether the caller chose the id, which is claimed then. */
  readonly ownId: boolean;
  readonly shard: number;
  readonly topicNumber: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Names and base64 of bytes, as JSON; null where there are none. */
  readonly headers: string | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** What a record takes in a batch of its own beside its parts: the batch's header, varints, the header with the id. */
const OVERHEAD_BYTES = 160;

/**
 * Checks and encodes an event; no SQL has been sent yet when it throws. Headers of a trace that would make it too large
 * for its topic are left out.
 *
 * @throws PostamtError SCHEMA_MISMATCH with topic, path, value and expected type; INVALID_VALUE; MESSAGE_TOO_LARGE;
 * INVALID_TIMESTAMP; INVALID_RECORD for an event without a key for a compacted topic
 */
export function encodeEvent(
  open: OpenTopic,
  event: OutboxEvent,
  trace: TraceHeaders,
): EncodedEvent {
  const owner = ownerOf(open);
  const id = checkedId(open, event.id);
  const key = open.serializer.serializeKey(event.key ?? null);
  const value =
    event.value === null ? null : open.serializer.serialize(event.value);
  const encoded = {
    ...deliveryTime(event, owner),
    id,
    ownId: event.id !== undefined,
    key,
    value,
    headers: encodeHeaders(open, event.headers),
    shard: shardOf(key, id),
    topicNumber: open.topic.number,
    timestamp: recordTimestamp(event.timestamp, owner),
  };
  requireTaken(open, encoded);
  const headers = encodeHeaders(open, withTrace(event.headers, trace));
  const traced = { ...encoded, headers };
  return bytesOf(traced) <= open.topic.config.maxMessageBytes
    ? traced
    : encoded;
}

/** Headers as they were given to {@link encodeEvent}, from what it made of them. */
export function decodeHeaders(
  headers: readonly (readonly [string, string])[] | null,
): { key: string; value: Buffer }[] {
  return (headers ?? []).map(([key, value]) => ({
    key,
    value: Buffer.from(value, 'base64'),
  }));
}

function encodeHeaders(
  open: OpenTopic,
  headers: OutboxEvent['headers'],
): string | null {
  const pairs = recordHeaders(headers, ownerOf(open)).map(({ key, value }) => {
    if (key === EVENT_ID_HEADER || key.includes('\0')) {
      throw invalid(
        open,
        `the header ${JSON.stringify(key)}: give another name, without zero bytes ("${EVENT_ID_HEADER}" bears the event's id)`,
      );
    }
    return [key, value.toString('base64')];
  });
  return pairs.length > 0 ? JSON.stringify(pairs) : null;
}

/** In lower case, as the database shows it. */
function checkedId(open: OpenTopic, id: string | undefined): string {
  if (id === undefined) return newEventId();
  if (UUID.test(id)) return id.toLowerCase();
  throw invalid(open, `the id ${JSON.stringify(id)}: give a UUID, or none`);
}

/** What the topic would refuse when the event is moved into it is refused here, where the caller can mend it. */
function requireTaken(open: OpenTopic, event: EncodedEvent): void {
  const { config } = open.topic;
  requireTimely(config, event.timestamp);
  requireSize(open, event);
  if (event.key !== null || !config.cleanupPolicy.includes('compact')) return;
  throw new PostamtError(
    'INVALID_RECORD',
    `${ownerOf(open)} has no key: the topic is compacted, and keeps the last record of each`,
  );
}

function requireSize(open: OpenTopic, event: EncodedEvent): void {
  const bytes = bytesOf(event);
  const limit = open.topic.config.maxMessageBytes;
  if (bytes <= limit) return;
  throw new PostamtError(
    'MESSAGE_TOO_LARGE',
    `an event of about ${bytes} bytes for topic ${open.definition.name} is larger than its max.message.bytes, ${limit}`,
  );
}

function bytesOf({ key, value, headers }: EncodedEvent): number {
  return [key, value, headers].reduce(
    (sum, part) => sum + (part?.length ?? 0),
    OVERHEAD_BYTES,
  );
}

function invalid(open: OpenTopic, fault: string): PostamtError {
  return new PostamtError('INVALID_VALUE', `${ownerOf(open)} has ${fault}`);
}

function ownerOf(open: OpenTopic): string {
  return `an event for topic ${open.definition.name}`;
}
