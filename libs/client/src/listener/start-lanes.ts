import { PostamtError } from '#kernel';
import { committedOffsets, type CommittedOffset } from '#groups';
import { listOffsets, type Catalogue, type OffsetAt } from '#log';
import type { Database } from '#postgres';
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

async function resetLanes(
  { db, catalogue }: LaneStarting,
  lanes: readonly Lane[],
  given: {
    readonly target: OffsetAt;
    readonly committed: ReadonlyMap<number, CommittedOffset>;
  },
): Promise<LaneFault[]> {
  const faults: LaneFault[] = [];
  const late: Lane[] = [];
  const listed = await listOffsets(db, catalogue, lanes.map(requestAt(given)));
  for (const [n, lane] of lanes.entries()) {
    const { offset = -1n, error } = listed[n] ?? {};
    if (lane.state !== 'starting') continue;
    if (error) faults.push({ lane, error });
    else if (offset < 0n) late.push(lane);
    else lane.begin(given.committed.get(lane.partition.id), offset);
  }
  if (late.length === 0) return faults;
  // No record is as late as that.
  const rest = { ...given, target: 'latest' as const };
  const more = await resetLanes({ db, catalogue } as LaneStarting, late, rest);
  return [...faults, ...more];
}

function requestAt({ target }: { readonly target: OffsetAt }) {
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
