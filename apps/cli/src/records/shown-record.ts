import { isPostamtError } from '#kernel';
import type { WriterDecoder } from '#schemas';
import { type PlainBytes, plainBytes, plainJson } from './plain-json.js';
import type { ReadRecord } from './topic-reader.js';

/** A record as it is shown, ready for JSON. */
export interface ShownRecord {
  readonly partition: number;
  readonly offset: string;
  /** ISO 8601; the number where no date has it. */
  readonly timestamp: string;
  readonly key: PlainBytes;
  /** As they stand in the record: a name may come more than once. */
  readonly headers: readonly { key: string; value: PlainBytes }[];
  /** The schema that the value was written with; null for a tombstone and for what is not decoded. */
  readonly schemaId: number | null;
  readonly value: unknown;
  /** Why the value is shown as it was written, not decoded. */
  readonly note?: string;
}

/** Decodes and shows a record; a value that is no Avro of this installation is shown as it stands, with a note. */
export async function showRecord(
  record: ReadRecord,
  decoder: WriterDecoder,
): Promise<ShownRecord> {
  return {
    partition: record.partition,
    offset: String(record.offset),
    timestamp: showTime(record.timestamp),
    key: plainBytes(record.key),
    headers: record.headers.map(({ key, value }) => ({
      key,
      value: plainBytes(value),
    })),
    ...(await showValue(record.value, decoder)),
  };
}

async function showValue(
  bytes: Buffer | null,
  decoder: WriterDecoder,
): Promise<Pick<ShownRecord, 'schemaId' | 'value' | 'note'>> {
  if (bytes === null) return { schemaId: null, value: null };
  try {
    const { schemaId, value } = await decoder.decode(bytes);
    return { schemaId, value: plainJson(value) };
  } catch (error) {
    // What may go well another time is a fault of the way there, not of the record.
    if (!isPostamtError(error) || error.retriable) throw error;
    const note = `not decoded: ${error.message}`;
    return { schemaId: null, value: plainBytes(bytes), note };
  }
}

function showTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime())
    ? String(milliseconds)
    : date.toISOString();
}
