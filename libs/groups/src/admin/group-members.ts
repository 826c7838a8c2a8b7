import { PostamtError } from '#kernel';
import type { Database, EngineTx } from '#postgres';
import { ASSIGNORS } from '../assignors/assignors.js';
import type { MemberState } from '../coordinate/group-state.js';
import { takeTurn } from '../coordinate/turn.js';
import { readMembers } from '../sql/read-members.js';
import { findGroup } from './sql/hold-group.js';
import { readMembersWait } from './sql/members-wait.js';

/** A zombie of the group may have to be ended, and takes a moment to be gone. */
const MOST_TURNS = 5;

/**
 * Removes the members of a group that are beyond their time-out, as their fellows would: where all of its processes were
 * killed nobody else does.
 */
export async function removeGoneMembers(
  db: Database,
  group: string,
): Promise<void> {
  const [groupId] = await db.run(findGroup, [group]);
  if (groupId === undefined) return;
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    const members = await db.run(readMembers, [groupId, null]);
    if (!members.some(isGone)) return;
    await takeTurn(db, {
      groupId,
      observer: null,
      assignors: ASSIGNORS,
      waits: true,
    });
  }
}

/** The members of a group that are in the way of an administrator; those that {@link removeGoneMembers} removes are not. */
export async function presentMembers(
  tx: EngineTx,
  groupId: number,
): Promise<MemberState[]> {
  const members = await tx.run(readMembers, [groupId, null]);
  return members.filter((member) => !isGone(member));
}

/**
 * Refuses what may be done to a group without members only.
 *
 * @throws PostamtError NON_EMPTY_GROUP
 */
export async function requireEmpty(
  tx: EngineTx,
  group: { readonly id: number; readonly name: string },
): Promise<void> {
  const members = await presentMembers(tx, group.id);
  if (members.length === 0) return;
  const [waitMs = 0] = await tx.run(readMembersWait, [group.id]);
  throw new PostamtError(
    'NON_EMPTY_GROUP',
    `group ${group.name} has members (${namesOf(members)}): stop them first; if their processes are gone already, they count for ${Math.ceil(waitMs / 1_000)} s more at most`,
  );
}

function isGone({ condition }: MemberState): boolean {
  return condition === 'gone';
}

/** The first few by client id. */
export function namesOf(members: readonly MemberState[]): string {
  const names = members.map(({ clientId, instanceId, condition }) => {
    const name = instanceId === null ? clientId : `${clientId} ${instanceId}`;
    return condition === 'here' ? name : `${name}, ${condition}`;
  });
  const more = names.length > 3 ? `; ${names.length - 3} more` : '';
  return `${names.slice(0, 3).join('; ')}${more}`;
}
