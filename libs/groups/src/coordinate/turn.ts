import type { Logger } from '#kernel';
import {
  bind,
  MOST_LOCKS,
  type BoundStatement,
  type Database,
  type EngineTx,
  type RawRow,
} from '#postgres';
import type { Assignor } from '../assignors/assignor.js';
import { endTransactions, fenceMembers } from '../sql/fence-members.js';
import { lockGroup, readGroupHead, tryGroup } from '../sql/lock-group.js';
import { readGroupPartitions } from '../sql/read-group-partitions.js';
import { readMembers } from '../sql/read-members.js';
import { readSubscribedTopics } from '../sql/read-subscribed-topics.js';
import {
  deleteMembers,
  insertGroupPartitions,
  noteCatalogue,
  updateGroup,
  updateGroupPartitions,
} from '../sql/write-group.js';
import type { GroupPlan, PlannedPartition } from './group-plan.js';
import type { GroupState, MemberState } from './group-state.js';
import { groupWakeUp } from './group-wake-up.js';
import { isIdle, isUnconcerned, reconcile } from './reconcile.js';
import { whomToFence } from './whom-to-fence.js';

/** One turn of a group's coordination, by whoever is there. */
export interface TurnRequest {
  readonly groupId: number;
  /** The session of whoever takes it; null = none. */
  readonly observer: bigint | null;
  readonly assignors: ReadonlyMap<string, Assignor>;
  /** What happened, written under the group's lock before the decision is made. */
  readonly happening?: BoundStatement;
  /** False: where somebody else takes a turn just now, leave it to him. */
  readonly waits: boolean;
}

/** What became of a turn. */
export interface TurnResult {
  /** The rows of what happened. */
  readonly rows: readonly RawRow[];
  /** There is something left that another turn can do at once. */
  readonly unfinished: boolean;
}

/** A client that is stopped between the lock and COMMIT holds the group up for so long. */
const IDLE_TIMEOUT_MS = 3_000;

/**
 * Takes a turn: locks the group's row, notes what happened, decides ({@link reconcile}), writes, and tells the members.
 *
 * @returns undefined where the group does not exist, or somebody else has it
 */
export async function takeTurn(
  db: Database,
  request: TurnRequest,
): Promise<TurnResult | undefined> {
  const { groupId, happening } = request;
  const opening = () => [
    bind(request.waits ? lockGroup : tryGroup, [groupId]),
    ...(happening ? [happening] : []),
    bind(readGroupHead, [groupId]),
    bind(readMembers, [groupId, request.observer]),
    bind(readGroupPartitions, [groupId]),
    bind(readSubscribedTopics, [groupId]),
  ];
  const result = await db.transaction(
    async (tx) => {
      const [locked = [], ...opened] = tx.opened;
      if (locked.length === 0) return undefined;
      const rows = happening ? (opened.shift() ?? []) : [];
      const state = stateOf(opened);
      const plan = await decide(tx, db.logger, { state, request });
      const written = !isIdle(state, plan);
      if (written) await tx.writeAndCommit(writeStatements(state, plan));
      const told = written && !isUnconcerned(state, plan);
      return { rows, unfinished: plan.unfinished, told };
    },
    { writer: true, opening, idleTimeoutMs: IDLE_TIMEOUT_MS },
  );
  if (result && (result.told || happening))
    db.wakeUps.mark([groupWakeUp(groupId)]);
  return result;
}

function stateOf(opened: readonly RawRow[][]): GroupState {
  const [head = [], members = [], partitions = [], topics = []] = opened;
  return {
    ...readGroupHead.mapRow(head[0] as RawRow),
    members: members.map(readMembers.mapRow),
    partitions: partitions.map(readGroupPartitions.mapRow),
    topics: topics.map(readSubscribedTopics.mapRow),
  };
}

async function decide(
  tx: EngineTx,
  logger: Logger,
  { state, request }: { state: GroupState; request: TurnRequest },
): Promise<GroupPlan> {
  const fenced = await fence(tx, whomToFence(state));
  return reconcile(state, {
    fenced,
    assignors: request.assignors,
    onFailure: (err) =>
      logger.error(
        { err, group: state.name },
        'the assignor failed; the assignment stays',
      ),
  });
}

/** Ends what these members have open, and returns those of whom nothing can commit any more. */
async function fence(
  tx: EngineTx,
  members: readonly MemberState[],
): Promise<ReadonlySet<number>> {
  if (members.length === 0) return new Set();
  // The others are left to the next turn.
  const numbers = members.slice(0, MOST_LOCKS).map(({ number }) => number);
  const keys = tx.lockKeys('groupMember', numbers);
  const [, rows = []] = await tx.send([
    bind(endTransactions, [keys]),
    bind(fenceMembers, [keys]),
  ]);
  const ascending = numbers.toSorted((a, b) => a - b);
  const free = new Set(
    rows
      .map(fenceMembers.mapRow)
      .filter(({ fenced }) => fenced)
      .map(({ key }) => key),
  );
  return new Set(ascending.filter((_, n) => free.has(keys[n] as bigint)));
}

function writeStatements(state: GroupState, plan: GroupPlan): BoundStatement[] {
  const { id, currentCatalogue } = state;
  const { removed, generation, assignmentEpoch, assignor } = plan;
  if (isUnconcerned(state, plan))
    return [bind(noteCatalogue, [id, currentCatalogue])];
  const added = plan.partitions.filter((each) => each.id === null);
  const moved = plan.partitions.filter((each) => each.id !== null);
  const statements: BoundStatement[] = [];
  if (removed.length > 0) statements.push(bind(deleteMembers, [removed]));
  if (added.length > 0) statements.push(insertion(id, generation, added));
  if (moved.length > 0) statements.push(update(moved));
  statements.push(
    bind(updateGroup, [
      id,
      generation,
      assignmentEpoch,
      currentCatalogue,
      assignor,
    ]),
  );
  return statements;
}

function insertion(
  groupId: number,
  generation: number,
  added: readonly PlannedPartition[],
): BoundStatement {
  return bind(insertGroupPartitions, [
    groupId,
    added.map(({ partitionId }) => partitionId),
    added.map(({ owner }) => owner),
    generation,
  ]);
}

function update(moved: readonly PlannedPartition[]): BoundStatement {
  return bind(updateGroupPartitions, [
    moved.map(({ id }) => id as number),
    moved.map(({ owner }) => owner),
    moved.map(({ target }) => target),
    moved.map(({ epoch }) => epoch),
  ]);
}
