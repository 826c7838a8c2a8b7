import type { Database } from '#postgres';

/** What empties the parts of the outbox, short of patience: a part is done with after seconds and not after hours. */
export function startCleaning(
  _db: Database,
): { stop(): Promise<void> } | undefined {
  // To be filled: `new OutboxMaintenance(db, { … }).start()`.
  return undefined;
}
