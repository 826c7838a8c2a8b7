import type { ProducerRecord } from '#client';
import { PostamtError } from '#kernel';
import { recordHeaders, recordTimestamp } from '#records';
import type { TopicDefinition } from '#schemas';
import { avroValue, bytesOf } from '../records/avro-value.js';

/** A record for a topic of which only the database's side is known: its key is bytes. */
export type ReadRecord = ProducerRecord<Buffer>;

const FIELDS = ['key', 'value', 'headers', 'partition', 'timestamp'] as const;

/**
 * Reads a record as a user writes it in JSON. Key, value and headers are checked when the record is measured and
 * written.
 *
 * @throws PostamtError INVALID_VALUE naming what is no record; UNKNOWN_TOPIC_OR_PARTITION
 *
 * @example
 * readRecord(topic, { key: 'front', value: { open: true }, headers: { by: 'guard' }, partition: 1 });
 */
export function readRecord(topic: TopicDefinition, json: unknown): ReadRecord {
  const fields = fieldsOf(json);
  const { value, partition, timestamp } = fields;
  return {
    key: keyOf(fields.key),
    value: value === null ? null : avroValue(topic.valueCodec, value),
    headers: headersOf(fields.headers),
    ...(partition !== undefined && {
      partition: checkedPartition(topic, partition),
    }),
    ...(timestamp !== undefined && {
      timestamp: recordTimestamp(timestamp as number, 'the record'),
    }),
  };
}

function fieldsOf(
  json: unknown,
): Partial<Record<(typeof FIELDS)[number], unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw invalid('a record is an object, such as {"key":"k","value":{}}');
  const unknown = Object.keys(json).find(
    (name) => !(FIELDS as readonly string[]).includes(name),
  );
  if (unknown !== undefined)
    throw invalid(
      `a record has no field ${JSON.stringify(unknown)}; it has ${FIELDS.join(', ')}`,
    );
  if (!('value' in json))
    throw invalid('the record has no value; give null for a tombstone');
  return json;
}

function keyOf(json: unknown): Buffer | null {
  if (json === undefined || json === null) return null;
  const bytes = textOrBytes(json);
  if (bytes !== undefined) return bytes;
  throw invalid(
    `the key is ${JSON.stringify(json)}: give a string, {"base64":"…"} or null`,
  );
}

function headersOf(json: unknown): Record<string, Buffer> {
  if (json === undefined) return {};
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw invalid('headers are an object of names and values');
  const headers = Object.entries(json).map(([name, value]) => {
    const bytes = textOrBytes(value);
    if (bytes !== undefined) return [name, bytes] as const;
    throw invalid(
      `the header ${JSON.stringify(name)} is ${JSON.stringify(value)}: give a string or {"base64":"…"}`,
    );
  });
  const values = Object.fromEntries(headers);
  recordHeaders(values, 'the record');
  return values;
}

function textOrBytes(json: unknown): Buffer | undefined {
  if (typeof json !== 'string') return bytesOf(json);
  return json.isWellFormed() ? Buffer.from(json) : undefined;
}

function checkedPartition(topic: TopicDefinition, partition: unknown): number {
  const exists =
    Number.isInteger(partition) &&
    (partition as number) >= 0 &&
    (partition as number) < topic.partitions;
  if (exists) return partition as number;
  throw new PostamtError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `topic ${topic.name} has no partition ${JSON.stringify(partition)}: it has ${topic.partitions}, counted from 0`,
  );
}

function invalid(message: string): PostamtError {
  return new PostamtError('INVALID_VALUE', message);
}
