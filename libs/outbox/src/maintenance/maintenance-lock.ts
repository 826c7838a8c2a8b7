import type { Database, Tx } from '#postgres';
import { tryShards } from '../sql/try-shards.js';

/** Among the locks of maintenance, whose ids are the numbers of topics, the outbox's own: topics begin with 1. */
export const MAINTENANCE_ID = 0;

/** Does something in a transaction, where no other process keeps the outbox in order just now. */
export async function asMaintainer<Result>(
  db: Database,
  act: (tx: Tx) => Promise<Result>,
  lockTimeoutMs: number,
): Promise<Result | undefined> {
  return db.transaction(
    async (tx) => {
      const held = await tx.run(tryShards, [
        [MAINTENANCE_ID],
        tx.lockKeys('maintenance', [MAINTENANCE_ID]),
      ]);
      return held.length > 0 ? act(tx) : undefined;
    },
    { lockTimeoutMs },
  );
}
