import { PostamtError } from '#kernel';
import type { SqlExecutor } from '#postgres';
import type { EncodedEvent } from '../publish/encode-event.js';
import { encodeMessages } from './cdc-message.js';

/** The slot that a CDC relay reads from, and the schema of the installation, which is the prefix of its messages. */
export interface CdcTarget {
  readonly slot: string;
  readonly schema: string;
}

/**
 * Writes events into the WAL, in the caller's transaction: a {@link CdcRelay} moves them when it commits. No table is
 * touched.
 *
 * @throws PostamtError SLOT_LOST where the slot is gone or was invalidated: nobody would read the event; NOT_SUPPORTED for
 * a delayed event
 */
export async function emitEvents(
  executor: SqlExecutor,
  events: readonly EncodedEvent[],
  { slot, schema }: CdcTarget,
): Promise<void> {
  if (events.some(isDelayed)) {
    throw new PostamtError(
      'NOT_SUPPORTED',
      'an event that is published to the WAL cannot be delayed: publish it with an outbox that is not in CDC mode',
    );
  }
  for (const message of encodeMessages(events)) {
    const { rows } = await executor.query(
      `select ${schema}.emit_message($1, $2) as lsn`,
      [slot, message],
    );
    if (rows[0]?.lsn === null) throw slotLost(slot);
  }
}

function isDelayed({ deliverAt, deliverAfterMs }: EncodedEvent): boolean {
  return deliverAt !== null || deliverAfterMs !== null;
}

function slotLost(slot: string): PostamtError {
  return new PostamtError(
    'SLOT_LOST',
    `the replication slot ${slot} is not there, or was invalidated, and nobody would read the event: look with \`postamt outbox cdc status ${slot}\``,
  );
}
