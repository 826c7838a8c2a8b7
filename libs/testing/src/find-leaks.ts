import { isPostamtError } from '#kernel';
import { Database } from '#postgres';
import { waitFor } from './wait-for.js';

/** How long connections may take to be gone once their owner has closed them. */
const GRACE_MS = 5_000;

/**
 * Says what is left of a database's use after everybody has closed: connections (a listener is one), and advisory
 * locks. Empty = nothing leaked.
 */
export async function findLeaks(
  server: string,
  database: string,
): Promise<string[]> {
  const db = new Database({ connection: server, maxConnections: 1 });
  let leaks: string[] = [];
  try {
    await waitFor(
      'connections to be gone',
      async () => {
        leaks = await readLeaks(db, database);
        return leaks.length === 0;
      },
      { timeoutMs: GRACE_MS },
    );
    return [];
  } catch (error) {
    if (isPostamtError(error, 'TIMED_OUT') && leaks.length > 0) return leaks;
    throw error;
  } finally {
    await db.close();
  }
}

async function readLeaks(db: Database, database: string): Promise<string[]> {
  const { rows } = await db.query(
    `select format('connection %s (%s, %s): %s', pid, application_name, state, left(query, 80)) as leak
    from pg_stat_activity
    where datname = $1 and pid <> pg_backend_pid() and backend_type = 'client backend'
    union all
    select format('advisory lock %s/%s of %s', classid, objid, pid)
    from pg_locks
    where locktype = 'advisory' and database = (select oid from pg_database where datname = $1)`,
    [database],
  );
  return rows.map((row) => row.leak as string);
}
