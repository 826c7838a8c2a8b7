import { bind, type Database } from '#postgres';
import {
  planByIndexes,
  readBacklogCounts,
  type Backlog,
} from '../sql/measure-backlog.js';

/**
 * What waits in the outbox: for metrics, scraped every few seconds. It reads what is pending and nothing that was moved:
 * with 1,000,000 events published and 100,000 pending COST, with none pending IDLE (2 cores, Postgres 18). Rows that a
 * logical copy brought here from another server are not counted before a relay has taken them up, nor are, of a shard
 * whose backlog is moved page by page, those that committed late.
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
