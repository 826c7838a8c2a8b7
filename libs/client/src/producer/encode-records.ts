import { isPostamtError, PostamtError } from '#kernel';
import { recordHeaders, recordTimestamp, type RecordHeader } from '#records';
import type { EncodedRecord } from './encoded-record.js';
import { customPartition } from './partitioner.js';
import type { ProducerSettings } from './producer-options.js';
import type { ProducerRecord } from './producer-record.js';
import type { ProducerTopic } from './producer-topic.js';

/** The most that the numbers beside key, value and headers take: lengths, attributes, deltas, a count. */
const RECORD_BYTES = 40;
/** The most that the lengths of a header's name and value take. */
const HEADER_BYTES = 10;
const NO_HEADERS: readonly RecordHeader[] = [];

/**
 * Checks and encodes the records of one call, and says where each goes; nothing has been handed over yet when it throws.
 * Of several records the message says which one it is about, counted from 0.
 *
 * @throws PostamtError SCHEMA_MISMATCH with topic, path, value and expected type; INVALID_VALUE; MESSAGE_TOO_LARGE
 */
export function encodeRecords(
  topic: ProducerTopic,
  records: readonly ProducerRecord[],
  settings: ProducerSettings,
): EncodedRecord[] {
  const owner = `a record for topic ${topic.name}`;
  const encoder = { topic, settings, owner, now: Date.now() };
  return records.map((record, index) => {
    try {
      return encodeRecord(encoder, record);
    } catch (error) {
      throw records.length === 1 ? error : withIndex(index, error);
    }
  });
}

interface Encoder {
  readonly topic: ProducerTopic;
  readonly settings: ProducerSettings;
  /** How a message begins. */
  readonly owner: string;
  /** The time of records that have none of their own: one for all records of a call. */
  readonly now: number;
}

function encodeRecord(
  { topic, settings, owner, now }: Encoder,
  record: ProducerRecord,
): EncodedRecord {
  const { serializer } = topic;
  const key = serializer.serializeKey(record.key ?? null);
  const value =
    record.value === null ? null : serializer.serialize(record.value);
  const headers = record.headers
    ? recordHeaders(record.headers, owner)
    : NO_HEADERS;
  const bytes = sizeBound(key, value, headers);
  checkSize(bytes, owner, settings);
  const partition = topic.partitionFor({
    key,
    partition: namedPartition(topic, record, settings),
    bytes,
  });
  const timestamp = recordTimestamp(record.timestamp ?? now, owner);
  return { key, value, headers, timestamp, partition, bytes };
}

function namedPartition(
  topic: ProducerTopic,
  record: ProducerRecord,
  { partitioner }: ProducerSettings,
): number | undefined {
  if (record.partition !== undefined || typeof partitioner !== 'function')
    return record.partition;
  const { key = null, value } = record;
  const given = { topic: topic.name, key, value };
  return customPartition(partitioner, given, topic.partitionCount);
}

function sizeBound(
  key: Buffer | null,
  value: Buffer | null,
  headers: readonly RecordHeader[],
): number {
  let bytes = RECORD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const { key: name, value: content } of headers)
    bytes += HEADER_BYTES + Buffer.byteLength(name) + (content?.length ?? 0);
  return bytes;
}

function checkSize(
  bytes: number,
  owner: string,
  { maxRequestSize, bufferMemory }: ProducerSettings,
): void {
  const limit = Math.min(maxRequestSize, bufferMemory);
  if (bytes <= limit) return;
  const option = limit === maxRequestSize ? 'maxRequestSize' : 'bufferMemory';
  throw new PostamtError(
    'MESSAGE_TOO_LARGE',
    `${owner} takes ${bytes} bytes, more than the producer's ${option}, ${limit}`,
  );
}

function withIndex(index: number, error: unknown): unknown {
  if (!isPostamtError(error)) return error;
  const { code, message, cause } = error;
  return new PostamtError(code, `records[${index}]: ${message}`, { cause });
}
