import { OutboxMaintenance } from '#outbox';
import type { Database } from '#postgres';

/** The outbox's own maintenance; events are shown for seconds and not for minutes, so that the ring turns often. */
const OPTIONS = { retentionMs: 8_000, intervalMs: 500 };

/** Starts to empty the parts of the outbox that are done with. */
export function startCleaning(db: Database): OutboxMaintenance {
  const maintenance = new OutboxMaintenance(db, OPTIONS);
  maintenance.start();
  return maintenance;
}
