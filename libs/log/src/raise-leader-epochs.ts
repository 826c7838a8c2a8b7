import { isPostamtError } from '#kernel';
import { defineStatement, type Database } from '#postgres';

/** $1 topic number */
const raise = defineStatement<[topicNumber: number], { raised: boolean }>({
  name: 'raise_leader_epochs',
  text: (schema) => `select ${schema}.raise_leader_epochs($1) as raised`,
  mapRow: (row) => ({ raised: row.raised as boolean }),
});

/**
 * Raises the leader epochs of those topics where the server is on another timeline than they: it was promoted, and may
 * lack what its predecessor had at the end. Each epoch begins where the log ends now, so that readers who saw more are
 * told (KIP-101, KIP-320). A transaction a topic: of a thousand topics none waits for the others. Any number of processes
 * may do it at once; one does.
 *
 * @returns whether this call raised any
 */
export async function raiseLeaderEpochs(
  db: Database,
  topicNumbers: Iterable<number>,
): Promise<boolean> {
  let any = false;
  for (const number of new Set(topicNumbers)) {
    const [row] = await db.write(raise, [number]);
    any ||= row?.raised ?? false;
  }
  return any;
}

/** Raises them where an append has failed since they are of another timeline than the server's. */
export async function raiseIfStale(
  db: Database,
  topicNumbers: Iterable<number>,
  error: unknown,
): Promise<void> {
  if (isPostamtError(error, 'STALE_TIMELINE'))
    await raiseLeaderEpochs(db, topicNumbers);
}
