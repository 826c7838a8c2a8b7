import { Consumer } from '#client';
import { PostamtError } from '#kernel';
import type { Database } from '#postgres';
import type { StartPosition } from './start-offset.js';
import type { ReadRecord } from './topic-reader.js';

/** Who reads, and until when. */
export interface GroupReading {
  readonly topic: string;
  readonly group: string;
  /** Where the group begins in a partition in which it has committed nothing. */
  readonly from: StartPosition;
  readonly stop: AbortSignal;
}

/**
 * Reads a topic as a member of a group until `stop` aborts, and commits what was read, now and then and at the end.
 *
 * @throws PostamtError INVALID_VALUE where it is to begin at an offset
 */
export async function* readAsMember(
  db: Database,
  { topic, group, from, stop }: GroupReading,
): AsyncGenerator<ReadRecord> {
  if (typeof from !== 'string') {
    throw new PostamtError(
      'INVALID_VALUE',
      `a group goes on where it has stopped, and not at ${from}: give earliest or latest for where it has not begun, or reset its offsets with postamt groups reset-offsets`,
    );
  }
  const consumer = new Consumer<Buffer, Buffer>(db, {
    group,
    clientId: 'postamt-cli',
    autoOffsetReset: from,
  });
  consumer.subscribe([topic]);
  const end = () => void consumer.close();
  stop.addEventListener('abort', end, { once: true });
  try {
    yield* consumer;
  } finally {
    stop.removeEventListener('abort', end);
    await consumer.close();
  }
}
