import { isPostamtError, PostamtError } from '#kernel';
import {
  commitNow,
  committedOffsets,
  type CommittedOffset,
  type OffsetCommit,
} from '#groups';
import { listOffsets, type Catalogue, type OffsetAt } from '#log';
import { MOST_LOCKS, type Database } from '#postgres';
import { resetTarget, type AutoOffsetReset } from '../progress/offset-reset.js';
import type { Lane } from './lane.js';

/** What lanes are started with. */
export interface LaneStarting {
  readonly db: Database;
  readonly catalogue: Catalogue;
  readonly group: string;
  readonly autoOffsetReset: AutoOffsetReset;
}

/** A lane that has no start yet, since something is wrong with its partition. */
export interface LaneFault {
  readonly lane: Lane;
  readonly error: unknown;
}

/**
 * Starts lanes where their group has stopped, and those where it has committed nothing, or nothing that the log has,
 * where `autoOffsetReset` says. What is committed is read for all of them at once, under their locks.
 *
 * @returns the lanes that could not be started
 * @throws PostamtError TIMED_OUT, POSTGRES_UNAVAILABLE …: then none was started. What could not be read is not `none`.
 */
export async function startLanes(
  starting: LaneStarting,
  lanes: readonly Lane[],
): Promise<LaneFault[]> {
  const partitions = lanes.map(({ partition }) => partition);
  const committed = await committedOffsets(starting.db, partitions);
  const unset: Lane[] = [];
  for (const lane of lanes) {
    const found = committed.get(lane.partition.id);
    if (lane.state !== 'starting') continue;
    if (found && lane.startAt === 'committed') lane.begin(found, found.offset);
    else unset.push(lane);
  }
  if (unset.length === 0) return [];
  const target = await resetTarget(starting.db, starting.autoOffsetReset);
  if (target === undefined)
    return unset.map((lane) => ({ lane, error: noOffset(starting, lane) }));
  return resetLanes(starting, unset, { target, committed });
}

/** Where lanes go, and what their group has committed. */
interface Reset {
  readonly target: OffsetAt;
  readonly committed: ReadonlyMap<number, CommittedOffset>;
}

/** Where a lane is to begin. */
interface LaneStart {
  readonly lane: Lane;
  readonly offset: bigint;
}

async function resetLanes(
  { db, catalogue }: Pick<LaneStarting, 'db' | 'catalogue'>,
  lanes: readonly Lane[],
  reset: Reset,
): Promise<LaneFault[]> {
  const faults: LaneFault[] = [];
  const late: Lane[] = [];
  const starts: LaneStart[] = [];
  const listed = await listOffsets(db, catalogue, lanes.map(requestAt(reset)));
  for (const [n, lane] of lanes.entries()) {
    const { offset = -1n, error } = listed[n] ?? {};
    if (error) faults.push({ lane, error });
    else if (offset < 0n) late.push(lane);
    else starts.push({ lane, offset });
  }
  faults.push(...(await beginAt(db, starts, reset)));
  if (late.length === 0) return faults;
  // No record is as late as that.
  const rest = { ...reset, target: 'latest' as const };
  const more = await resetLanes({ db, catalogue }, late, rest);
  return [...faults, ...more];
}

/**
 * Whoever begins elsewhere than at the log's start has that committed first: looked up anew, after a restart or a
 * rebalance, it would be somewhere else, and what came meanwhile would be passed over.
 */
async function beginAt(
  db: Database,
  starts: readonly LaneStart[],
  { target, committed }: Reset,
): Promise<LaneFault[]> {
  const foundOf = ({ lane }: LaneStart) => committed.get(lane.partition.id);
  const commits = new Map<Lane, OffsetCommit>();
  for (const start of starts) {
    const { lane, offset: next } = start;
    const previous = foundOf(start)?.offset ?? null;
    const { partition } = lane;
    if (target !== 'earliest' && previous !== next)
      commits.set(lane, { partition, previous, next });
  }
  const faults = await commitStarts(db, commits);
  const refused = new Set(faults.map(({ lane }) => lane));
  for (const start of starts) {
    const { lane, offset } = start;
    if (lane.state !== 'starting' || refused.has(lane)) continue;
    lane.begin(foundOf(start), offset);
    if (commits.has(lane)) lane.committed = offset;
  }
  return faults;
}

/** Returns the lanes of those that were refused together: one of them is somebody else's by now, and will be known to be. */
async function commitStarts(
  db: Database,
  commits: ReadonlyMap<Lane, OffsetCommit>,
): Promise<LaneFault[]> {
  const faults: LaneFault[] = [];
  const all = [...commits];
  for (let at = 0; at < all.length; at += MOST_LOCKS) {
    const some = all.slice(at, at + MOST_LOCKS);
    try {
      await commitNow(
        db,
        some.map(([, commit]) => commit),
      );
    } catch (error) {
      if (!isPostamtError(error, 'ILLEGAL_GENERATION')) throw error;
      faults.push(...some.map(([lane]) => ({ lane, error })));
    }
  }
  return faults;
}

function requestAt({ target }: Reset) {
  return ({ partition: { topic, partition } }: Lane) => ({
    topic,
    partition,
    at: target,
  });
}

function noOffset({ group }: LaneStarting, { name }: Lane): PostamtError {
  return new PostamtError(
    'OFFSET_OUT_OF_RANGE',
    `group ${group} has no offset of ${name} that the log has, and autoOffsetReset is none`,
  );
}
