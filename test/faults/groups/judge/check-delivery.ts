import {
  laneOf,
  type CommitEntry,
  type GroupHistory,
  type Lane,
  type PlayedGroup,
  type StoredRecord,
} from '../group-history.js';
import type { GroupViolation } from './group-violation.js';

/**
 * Every record was handled, and all of it was committed in the end; where effects are in the transactions of their
 * offsets, each is there just once, and elsewhere no offset was committed before what stands before it was handled.
 */
export function checkDelivery(history: GroupHistory): GroupViolation[] {
  const partitions = Map.groupBy(history.log, placeOf);
  const commits = Map.groupBy(history.commits, laneOf);
  return history.groups.flatMap((played) => {
    const handled = played.exact
      ? effectsOf(history, played)
      : handledIn(history, played);
    const lanes = [...partitions.values()]
      .map((records) => ({ ...laneFor(records, played), records }))
      .filter(({ topic }) => played.topics.includes(topic));
    return lanes.flatMap((lane) => {
      const own = commits.get(laneOf(lane)) ?? [];
      return [
        ...checkRecords(lane, handled, played.exact),
        ...(played.exact ? [] : checkHandled(lane, own, handled)),
        ...checkEnd(lane, own),
      ];
    });
  });
}

interface FullLane extends Lane {
  readonly records: readonly StoredRecord[];
}

/** When each record was handled: each time, by its place. */
type Handled = ReadonlyMap<string, readonly number[]>;

function checkRecords(
  lane: FullLane,
  handled: Handled,
  exact: boolean,
): GroupViolation[] {
  return lane.records.flatMap(({ offset, id }): GroupViolation[] => {
    const times = handled.get(recordOf(lane, offset))?.length ?? 0;
    const detail = `${id}, at ${offset} of ${laneOf(lane)}, was handled ${times} times`;
    if (times === 0) return [{ rule: 'lost', detail }];
    return exact && times > 1 ? [{ rule: 'duplicate', detail }] : [];
  });
}

/** What stands before a committed offset was handled by then. */
function checkHandled(
  lane: Lane,
  commits: readonly CommitEntry[],
  handled: Handled,
): GroupViolation[] {
  const violations: GroupViolation[] = [];
  let through = 0n;
  for (const { next, at, number } of commits)
    for (; through < next; through += 1n) {
      const first = handled.get(recordOf(lane, through))?.[0] ?? Infinity;
      if (first <= at) continue;
      violations.push({
        rule: 'unhandled',
        detail: `offset ${next} of ${laneOf(lane)} (number ${number}) was committed at ${at}, and the record at ${through} was handled ${first === Infinity ? 'never' : `at ${first}`}`,
      });
    }
  return violations;
}

function checkEnd(
  lane: FullLane,
  commits: readonly CommitEntry[],
): GroupViolation[] {
  const end = (lane.records.at(-1)?.offset ?? -1n) + 1n;
  const last = commits.at(-1)?.next ?? 0n;
  if (last >= end) return [];
  const detail = `${laneOf(lane)} ends at ${end}, and ${last} is committed in the end`;
  return [{ rule: 'behind', detail }];
}

function handledIn(history: GroupHistory, { group }: PlayedGroup): Handled {
  const ends = new Map<string, number>();
  for (const event of history.told)
    if (event.kind === 'ended')
      ends.set(`${event.who}/${event.work}`, event.at);
  const handled = new Map<string, number[]>();
  for (const event of history.told) {
    if (event.kind !== 'begun' || event.group !== group) continue;
    const end = ends.get(`${event.who}/${event.work}`);
    if (end === undefined) continue;
    for (const { offset } of event.records)
      add(handled, recordOf(event, offset), end);
  }
  for (const times of handled.values()) times.sort((a, b) => a - b);
  return handled;
}

function effectsOf({ effects }: GroupHistory, { group }: PlayedGroup): Handled {
  const handled = new Map<string, number[]>();
  for (const effect of effects)
    if (effect.group === group)
      add(handled, recordOf(effect, effect.offset), effect.at);
  return handled;
}

function add(handled: Map<string, number[]>, record: string, at: number): void {
  const times = handled.get(record);
  if (times) times.push(at);
  else handled.set(record, [at]);
}

function laneFor(
  records: readonly StoredRecord[],
  { group }: PlayedGroup,
): Lane {
  const [{ topic, partition }] = records as [StoredRecord];
  return { group, topic, partition };
}

function placeOf({ topic, partition }: StoredRecord): string {
  return `${topic}-${partition}`;
}

function recordOf(lane: Lane, offset: bigint): string {
  return `${laneOf(lane)}@${offset}`;
}
