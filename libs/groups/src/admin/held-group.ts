import { PostamtError } from '#kernel';
import { MOST_LOCKS, type EngineTx } from '#postgres';
import { groupNotFound } from './group-errors.js';
import { addGroup, findGroup, holdGroup } from './sql/hold-group.js';

/** How an administrator's call is done. */
export interface AdminOptions {
  /** Change nothing, take no lock, and return what the call would have done; it is refused where that would be. */
  readonly dryRun?: boolean;
}

/** A group whose row this transaction has locked. */
export interface HeldGroup {
  readonly id: number;
  readonly name: string;
  /** Whether it was not there before. */
  readonly created: boolean;
}

const MOST_ATTEMPTS = 5;

/** Locks a group's row, against turns and so against joining members; makes the group where it is not there. */
export async function holdOrAddGroup(
  tx: EngineTx,
  name: string,
): Promise<HeldGroup> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const [added] = await tx.run(addGroup, [name]);
    const [id] = await tx.run(holdGroup, [name]);
    // None where somebody deleted it in between.
    if (id !== undefined) return { id, name, created: added !== undefined };
  }
  throw new PostamtError(
    'TIMED_OUT',
    `group ${name} is being deleted by somebody again and again; try again`,
  );
}

/**
 * Locks the row of a group that there is; looks at it only, for a dry run.
 *
 * @throws PostamtError GROUP_ID_NOT_FOUND
 */
export async function holdKnownGroup(
  tx: EngineTx,
  name: string,
  { dryRun = false }: AdminOptions,
): Promise<HeldGroup> {
  const [id] = await tx.run(dryRun ? findGroup : holdGroup, [name]);
  if (id === undefined) throw groupNotFound(name);
  return { id, name, created: false };
}

/**
 * Refuses more partitions than one transaction may lock.
 *
 * @throws PostamtError NOT_SUPPORTED
 */
export function requireLockable(count: number, what: string): void {
  if (count <= MOST_LOCKS) return;
  throw new PostamtError(
    'NOT_SUPPORTED',
    `${what} ${count} partitions at once is too much for one transaction: at most ${MOST_LOCKS}; name some topics or partitions at a time`,
  );
}
