import { PostamtError } from '#kernel';
import type { TopicDefinition } from '#schemas';
import { measureRecord } from './measure-record.js';
import type { NumberedLine } from './numbered-lines.js';
import { readRecord, type ReadRecord } from './read-record.js';

/** A record, checked, with its line and the most bytes that it takes in a batch. */
export interface MeasuredRecord {
  readonly line: number;
  readonly record: ReadRecord;
  readonly bytes: number;
}

/**
 * Reads and checks the record of one line; undefined for a line with nothing on it.
 *
 * @throws PostamtError INVALID_VALUE, SCHEMA_MISMATCH, UNKNOWN_TOPIC_OR_PARTITION
 */
export function readLine(
  topic: TopicDefinition,
  { number, bytes }: NumberedLine,
): MeasuredRecord | undefined {
  const text = textOf(bytes);
  if (text.trim() === '') return undefined;
  const record = readRecord(topic, parsed(text));
  return { line: number, record, bytes: measureRecord(topic, record) };
}

/** What a text in JSON means. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw invalid(`not JSON: ${(cause as Error).message}`, cause);
  }
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalid('not UTF-8', cause);
  }
}

function invalid(message: string, cause: unknown): PostamtError {
  return new PostamtError('INVALID_VALUE', message, { cause });
}
