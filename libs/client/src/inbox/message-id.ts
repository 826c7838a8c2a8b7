import { PostamtError } from '#kernel';
import type { RecordContext } from '../listener/record-context.js';

const MOST_BYTES = 1_000;

/** What a record is known by: the id of its outbox event where it has one, or else topic, partition and offset. */
export function messageIdOf(
  record: Pick<RecordContext, 'eventId' | 'topic' | 'partition' | 'offset'>,
): string {
  const { eventId, topic, partition, offset } = record;
  return eventId && isStorable(eventId)
    ? eventId
    : `${topic}-${partition}-${offset}`;
}

/**
 * Refuses what Postgres would not keep as it is: two ids that it makes one of would be one message.
 *
 * @throws PostamtError INVALID_VALUE
 */
export function requireStorable(name: string, given: unknown): void {
  if (typeof given === 'string' && isStorable(given)) return;
  throw new PostamtError(
    'INVALID_VALUE',
    `${name} is ${shown(given)}: give a well-formed string of 1 to ${MOST_BYTES} bytes without zero bytes`,
  );
}

function isStorable(text: string): boolean {
  const bytes = Buffer.byteLength(text);
  return (
    bytes > 0 &&
    bytes <= MOST_BYTES &&
    text.isWellFormed() &&
    !text.includes('\0')
  );
}

function shown(given: unknown): string {
  if (typeof given !== 'string') return given === null ? 'null' : typeof given;
  return JSON.stringify(given.length > 60 ? `${given.slice(0, 60)}…` : given);
}
