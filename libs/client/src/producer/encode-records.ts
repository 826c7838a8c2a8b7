import { isPostamtError, PostamtError } from '#kernel';
import { recordHeaders, recordTimestamp, type RecordInput } from '#records';
import type { OpenTopic } from '#schemas';
import type { ProducerRecord } from './producer-record.js';

/** A record as it goes into a batch, and the partition that it names. */
export interface EncodedRecord extends RecordInput {
  readonly partition: number | undefined;
}

/**
 * Checks and encodes the records of one call; no SQL has been sent yet when it throws. Of several records the message
 * says which one it is about, counted from 0.
 *
 * @throws PostamtError SCHEMA_MISMATCH with topic, path, value and expected type; INVALID_VALUE
 */
export function encodeRecords(
  open: OpenTopic,
  records: readonly ProducerRecord[],
): EncodedRecord[] {
  const owner = `a record for topic ${open.definition.name}`;
  return records.map((record, index) => {
    try {
      return encodeRecord(open, record, owner);
    } catch (error) {
      throw records.length === 1 ? error : withIndex(index, error);
    }
  });
}

function encodeRecord(
  { serializer }: OpenTopic,
  record: ProducerRecord,
  owner: string,
): EncodedRecord {
  const { key = null, value, partition } = record;
  return {
    key: serializer.serializeKey(key),
    value: value === null ? null : serializer.serialize(value),
    headers: recordHeaders(record.headers, owner),
    timestamp: recordTimestamp(record.timestamp, owner),
    partition,
  };
}

function withIndex(index: number, error: unknown): unknown {
  if (!isPostamtError(error)) return error;
  const { code, message, cause } = error;
  return new PostamtError(code, `records[${index}]: ${message}`, { cause });
}
