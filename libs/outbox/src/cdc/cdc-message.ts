import { PostamtError } from '#kernel';
import type { PendingEvent } from '../move/pending-event.js';
import type { EncodedEvent } from '../publish/encode-event.js';
import { shardOf } from '../shard.js';

// A logical message: the bytes of "PAE", Byte1 version, then events to its end. An event: 16 bytes id, Int32 topic number, Int64 timestamp,
// then key, value and headers (JSON, as in outbox_events), each Int32 length (-1 = null) and bytes.
const MAGIC = Buffer.from('PAE');
const VERSION = 1;
const HEADER = Buffer.concat([MAGIC, Buffer.of(VERSION)]);
const FIXED_BYTES = 28;
/** A message is one record of the WAL, read as a whole: events are put together up to about this size. */
const MESSAGE_BYTES = 1_000_000;

/** Puts events into logical messages, in their order. */
export function encodeMessages(events: readonly EncodedEvent[]): Buffer[] {
  const messages: Buffer[] = [];
  let parts: Buffer[] = [];
  let bytes = 0;
  for (const event of events) {
    const encoded = encodeOne(event);
    if (bytes > 0 && bytes + encoded.length > MESSAGE_BYTES) {
      messages.push(message(parts));
      [parts, bytes] = [[], 0];
    }
    parts.push(encoded);
    bytes += encoded.length;
  }
  return parts.length > 0 ? [...messages, message(parts)] : messages;
}

/**
 * The events of a logical message. They have no id of the outbox's: it is 0.
 *
 * @throws PostamtError SCHEMA_TOO_NEW for a message of a later version; INVALID_RECORD for one that is none of ours
 */
export function decodeMessage(bytes: Buffer): PendingEvent[] {
  const version = bytes[MAGIC.length] ?? 0;
  if (version === 0 || !bytes.subarray(0, MAGIC.length).equals(MAGIC))
    throw malformed();
  if (version > VERSION) {
    throw new PostamtError(
      'SCHEMA_TOO_NEW',
      `an event was published in form ${version}, and this relay knows ${VERSION}: run relays of the newer version`,
    );
  }
  try {
    return decodeEvents(bytes);
  } catch (cause) {
    throw malformed(cause);
  }
}

function message(parts: readonly Buffer[]): Buffer {
  return Buffer.concat([HEADER, ...parts]);
}

function encodeOne(event: EncodedEvent): Buffer {
  const fixed = Buffer.alloc(FIXED_BYTES);
  fixed.write(event.id.replaceAll('-', ''), 'hex');
  fixed.writeInt32BE(event.topicNumber, 16);
  fixed.writeBigInt64BE(BigInt(event.timestamp), 20);
  const headers = event.headers === null ? null : Buffer.from(event.headers);
  return Buffer.concat([
    fixed,
    ...sized(event.key),
    ...sized(event.value),
    ...sized(headers),
  ]);
}

function sized(bytes: Buffer | null): Buffer[] {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes?.length ?? -1);
  return bytes ? [length, bytes] : [length];
}

function decodeEvents(bytes: Buffer): PendingEvent[] {
  const events: PendingEvent[] = [];
  let at = HEADER.length;
  const part = () => {
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length === -1) return null;
    if (length < 0 || at + length > bytes.length) throw new RangeError('part');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const eventId = uuidOf(bytes.subarray(at, at + 16));
    const topicNumber = bytes.readInt32BE(at + 16);
    const timestamp = Number(bytes.readBigInt64BE(at + 20));
    at += FIXED_BYTES;
    const [key, value, headers] = [part(), part(), part()];
    events.push({
      id: 0n,
      shard: shardOf(key, eventId),
      eventId,
      topicNumber,
      timestamp,
      deliverAt: undefined,
      key,
      value,
      headers: headers && (JSON.parse(headers.toString()) as Headers),
    });
  }
  return events;
}

type Headers = NonNullable<PendingEvent['headers']>;

function uuidOf(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

function malformed(cause?: unknown): PostamtError {
  const words =
    'a logical message with the prefix of this schema is none of the outbox';
  return new PostamtError('INVALID_RECORD', words, { cause });
}
