import { Database } from '#postgres';

/** Opens a server for one piece of work and closes it again. No schema of Postamt's has to be there. */
export async function onServer<Result>(
  connectionString: string,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  const db = new Database({
    connection: connectionString,
    // One that every database has: a transaction asks for its number.
    schema: 'public',
    maxConnections: 1,
  });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}
