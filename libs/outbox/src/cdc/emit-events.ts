import { PostamtError } from '#kernel';
import type { SqlExecutor } from '#postgres';
import type { EncodedEvent } from '../publish/encode-event.js';
import { encodeMessages } from './cdc-message.js';

// Without its slot a message is in the WAL and read by nobody: it is written only where the slot is there. A slot that is
// being made has not confirmed anything yet, and does not see the transactions of that time.
const EMIT = `
  select pg_logical_emit_message(true, $2, $3::bytea) as lsn
  from pg_replication_slots as slot
  where slot.slot_name = $1 and slot.database = current_database()
    and slot.confirmed_flush_lsn is not null and slot.wal_status <> 'lost'`;

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
    const { rows } = await executor.query(EMIT, [slot, schema, message]);
    if (rows.length === 0) throw slotLost(slot);
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
