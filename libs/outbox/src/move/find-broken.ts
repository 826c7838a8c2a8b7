import { isPostamtError, PostamtError } from '#kernel';
import { appendStatement, lockPartitions, type PlannedAppend } from '#log';
import { sqlStateOf, type Database } from '#postgres';

/** Ends a transaction in which something was tried. */
class Tried extends Error {}

/**
 * Finds out, after an error that the engine has no word for (a trigger, a constraint, a right that is missing), which
 * partitions refuse what is appended to them: each is tried alone, and rolled back. Empty where none does, or all do:
 * then it is no partition's fault.
 */
export async function findBroken(
  db: Database,
  appends: readonly PlannedAppend[],
): Promise<ReadonlyMap<number, PostamtError>> {
  const broken = new Map<number, PostamtError>();
  const partitions = new Set(appends.map(({ partition }) => partition.id));
  for (const append of appends) {
    const { id } = append.partition;
    const error = broken.has(id) ? undefined : await tryAppend(db, append);
    if (error) broken.set(id, error);
  }
  return broken.size < partitions.size ? broken : new Map();
}

async function tryAppend(
  db: Database,
  append: PlannedAppend,
): Promise<PostamtError | undefined> {
  try {
    await db.transaction(
      async (tx) => {
        const { timeline } = tx;
        await tx.send([
          lockPartitions(tx, [append]),
          appendStatement(append, { timeline }),
        ]);
        throw new Tried();
      },
      { writer: true },
    );
  } catch (error) {
    if (error instanceof Tried || isPostamtError(error)) return undefined;
    if (sqlStateOf(error) === undefined) throw error;
    return new PostamtError(
      'POLICY_VIOLATION',
      `${append.topic.name}-${append.partition.index} refuses what is appended: ${(error as Error).message}`,
      { cause: error },
    );
  }
  return undefined;
}
