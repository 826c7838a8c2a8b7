import { bind, type Database } from '#postgres';
import { readBacklogCounts, type Backlog } from '../sql/measure-backlog.js';
import { planByIndexes } from '../sql/plan-by-indexes.js';

/**
 * What waits in the outbox: for metrics, scraped every few seconds. It reads what waits and nothing that was moved: with
 * 1,000,000 events published it took 10 ms, with 100,000 pending besides 100 ms, with 1,000,000 pending 0.8 s (2 cores,
 * Postgres 18). Rows that a logical copy brought here from another server are not counted before a relay has taken them
 * up, nor are, of a shard whose backlog is moved page by page, those that committed late.
 *
 * @example
 * const { pending, oldestPendingMs, failedKeys } = await readBacklog(db);
 */
export async function readBacklog(db: Database): Promise<Backlog> {
  const [, rows] = await db.transaction((tx) =>
    tx.send([bind(planByIndexes, []), bind(readBacklogCounts, [])]),
  );
  const [backlog] = (rows ?? []).map(readBacklogCounts.mapRow);
  return backlog as Backlog;
}
