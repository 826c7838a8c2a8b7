import {
  laneOf,
  type CommitEntry,
  type GroupHistory,
} from '../group-history.js';
import type { GroupViolation } from './group-violation.js';

/**
 * Committed offsets do not go back by themselves, nothing was read that is not in the log, and whoever was told what
 * became of a commit was told the truth.
 */
export function checkCommits(history: GroupHistory): GroupViolation[] {
  return [
    ...checkDirection(history.commits),
    ...checkEnds(history),
    ...checkOutcomes(history),
  ];
}

function checkDirection(commits: readonly CommitEntry[]): GroupViolation[] {
  return [...Map.groupBy(commits, laneOf)].flatMap(([lane, own]) =>
    own.flatMap(({ next, number, mark }, n) => {
      const before = own[n - 1];
      if (!before || before.next <= next) return [];
      const detail = `${lane} went back from ${before.next} (number ${before.number}, ${before.mark}) to ${next} (number ${number}, ${mark})`;
      return [{ rule: 'backwards' as const, detail }];
    }),
  );
}

function checkEnds({ told, commits, log }: GroupHistory): GroupViolation[] {
  const stored = new Map(
    log.map((record) => [
      `${record.topic}-${record.partition}@${record.offset}`,
      record.id,
    ]),
  );
  const read = told.flatMap((event) =>
    event.kind === 'begun'
      ? event.records.flatMap(({ offset, id }) => {
          const { topic, partition, who } = event;
          const place = `${topic}-${partition}@${offset}`;
          const found = stored.get(place);
          if (found === id) return [];
          return pastTheEnd(
            `${who} was given ${id} at ${place}, where ${found ?? 'nothing'} stands`,
          );
        })
      : [],
  );
  const committed = commits.flatMap((commit) => {
    const { topic, partition, next, number } = commit;
    if (next === 0n || stored.has(`${topic}-${partition}@${next - 1n}`))
      return [];
    return pastTheEnd(
      `${laneOf(commit)} has the committed offset ${next} (number ${number}), and nothing stands before it`,
    );
  });
  return [...read, ...committed];
}

function pastTheEnd(detail: string): GroupViolation[] {
  return [{ rule: 'past the end', detail }];
}

function checkOutcomes({ told, commits }: GroupHistory): GroupViolation[] {
  const marks = new Set(commits.map(({ mark }) => mark));
  return told.flatMap((event): GroupViolation[] => {
    if (event.kind !== 'told' || event.outcome === 'unknown') return [];
    const isThere = marks.has(event.mark);
    if (isThere === (event.outcome === 'committed')) return [];
    const detail = `${event.who} was told that its commit ${event.mark} was ${event.outcome}, and it is ${isThere ? 'there' : 'not there'}`;
    return [{ rule: 'outcome', detail }];
  });
}
