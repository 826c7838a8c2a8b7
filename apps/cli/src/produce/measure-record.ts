import { type TopicDefinition, WIRE_PREFIX_BYTES } from '#schemas';
import type { ReadRecord } from './read-record.js';

/** The most that the numbers beside a record's bytes take: its length, deltas, the lengths of key and value, a count. */
const RECORD_BYTES = 40;
/** The most that the lengths of a header's name and value take. */
const HEADER_BYTES = 10;

/**
 * The most bytes that a record takes in a batch.
 *
 * @throws PostamtError SCHEMA_MISMATCH where its value does not go with the topic's schema
 */
export function measureRecord(
  topic: TopicDefinition,
  { key, value, headers }: ReadRecord,
): number {
  const context = { topic: topic.name };
  const valueBytes =
    value === null ? 0 : topic.valueCodec.encode(value, context).length;
  const headerBytes = Object.entries(headers ?? {}).map(
    ([name, bytes]) =>
      HEADER_BYTES + Buffer.byteLength(name) + Buffer.byteLength(bytes),
  );
  return headerBytes.reduce(
    (sum, bytes) => sum + bytes,
    RECORD_BYTES + (key?.length ?? 0) + WIRE_PREFIX_BYTES + valueBytes,
  );
}
