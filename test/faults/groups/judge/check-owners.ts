import {
  laneOf,
  type GroupHistory,
  type OwnerEntry,
  type WorkBegun,
} from '../group-history.js';
import type { GroupViolation } from './group-violation.js';
import { Tenures } from './tenures.js';

/**
 * In one generation a partition has one owner, and the next one begins only once it has let go: nobody handles records of
 * a partition while another one does, unless that one was taken for gone by then.
 */
export function checkOwners(history: GroupHistory): GroupViolation[] {
  return [...checkGenerations(history.owners), ...checkOverlaps(history)];
}

function checkGenerations(owners: readonly OwnerEntry[]): GroupViolation[] {
  const lanes = Map.groupBy(
    owners.filter(({ owner }) => owner !== null),
    laneOf,
  );
  return [...lanes].flatMap(([lane, entries]) =>
    entries.flatMap((entry, n) => {
      const before = entries[n - 1];
      if (!before || before.owner === entry.owner) return [];
      if (before.epoch < entry.epoch) return [];
      return twoOwners(
        `${lane} has owner ${before.owner} in generation ${before.epoch} and owner ${entry.owner} in generation ${entry.epoch} after that`,
      );
    }),
  );
}

interface Work {
  readonly begun: WorkBegun;
  /** When it ended; where nobody knows, it counts as long as it is known to have lasted. */
  readonly end: number;
}

function checkOverlaps(history: GroupHistory): GroupViolation[] {
  const tenures = new Tenures(history);
  const lanes = Map.groupBy(worksOf(history), ({ begun }) => laneOf(begun));
  return [...lanes.values()].flatMap((works) =>
    overlapping(works).flatMap(([first, second]) => {
      const { at } = second;
      const excused = [first, second].some((work) =>
        tenures.isZombie(work, at),
      );
      if (excused) return [];
      return twoOwners(
        `${second.who} began work ${second.work} on ${laneOf(second)} at ${at}, while ${first.who} was at its work ${first.work}`,
      );
    }),
  );
}

function worksOf({ told }: GroupHistory): Work[] {
  const ends = new Map<string, number>();
  for (const event of told)
    if (event.kind === 'ended') ends.set(nameOf(event), event.at);
  return told.flatMap((event) =>
    event.kind === 'begun'
      ? [{ begun: event, end: ends.get(nameOf(event)) ?? event.at }]
      : [],
  );
}

/** Pairs of works of different members of which the second began before the first had ended. */
function overlapping(works: readonly Work[]): [WorkBegun, WorkBegun][] {
  const pairs: [WorkBegun, WorkBegun][] = [];
  let open: Work[] = [];
  for (const work of works.toSorted((a, b) => a.begun.at - b.begun.at)) {
    open = open.filter(({ end }) => end > work.begun.at);
    for (const { begun } of open)
      if (begun.who !== work.begun.who && begun.at < work.begun.at)
        pairs.push([begun, work.begun]);
    open.push(work);
  }
  return pairs;
}

function nameOf({ who, work }: { who: string; work: number }): string {
  return `${who}/${work}`;
}

function twoOwners(detail: string): GroupViolation[] {
  return [{ rule: 'two owners', detail }];
}
