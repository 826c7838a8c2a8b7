import { isPostamtError } from '#kernel';
import { defineStatement, type Database } from '#postgres';

const raise = defineStatement<[], { raised: boolean }>({
  name: 'raise_leader_epochs',
  text: (schema) => `select ${schema}.raise_leader_epochs() as raised`,
  mapRow: (row) => ({ raised: row.raised as boolean }),
});

/**
 * Raises every partition's leader epoch where the server is on another timeline than they: it was promoted, and may lack
 * what its predecessor had at the end. Each epoch begins where the log ends now, so that readers who saw more are told
 * (KIP-101, KIP-320). Any number of processes may do it at once; one does.
 *
 * @returns whether this call raised them
 */
export async function raiseLeaderEpochs(db: Database): Promise<boolean> {
  const [row] = await db.run(raise, []);
  return row?.raised ?? false;
}

/** Raises them where an append has failed since they are of another timeline than the server's. */
export async function raiseIfStale(
  db: Database,
  error: unknown,
): Promise<void> {
  if (isPostamtError(error, 'STALE_TIMELINE')) await raiseLeaderEpochs(db);
}
