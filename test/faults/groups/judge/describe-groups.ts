import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineOf } from '../../json-lines.js';
import type { GroupHistory } from '../group-history.js';
import type { GroupViolation } from './group-violation.js';

const MOST_LINES = 12;
const LANE = /([\w]+)\/([\w]+)-(\d+)/;

interface Told {
  readonly at: number;
  readonly line: string;
}

/** A history as lines of JSON in the order of time: what members wrote down, and what the database did. */
function toldLines(history: GroupHistory): Told[] {
  const { told, commits, owners, members, effects } = history;
  return [
    ...told,
    ...named(commits, 'committed'),
    ...named(owners, 'owner'),
    ...members,
    ...named(effects, 'effect'),
  ]
    .toSorted((a, b) => a.at - b.at)
    .map((entry) => ({ at: entry.at, line: lineOf(entry) }));
}

function named<Entry extends object>(entries: readonly Entry[], kind: string) {
  return entries.map((entry) => ({ ...entry, kind }));
}

/** Writes a whole history to a file in the machine's folder for temporary files, and returns it. */
export function writeGroupHistory(name: string, history: GroupHistory): string {
  const file = join(tmpdir(), `postamt-faults-${name}.jsonl`);
  const stored = history.log.map((record) =>
    lineOf({ kind: 'stored', ...record }),
  );
  const lines = toldLines(history).map(({ line }) => line);
  writeFileSync(file, [...lines, ...stored].join(''));
  return file;
}

/** The first violation of each rule, each with the last lines of the history about the partition that it names. */
export function describeGroups(
  history: GroupHistory,
  violations: readonly GroupViolation[],
): string {
  const lines = toldLines(history);
  const first = [...Map.groupBy(violations, ({ rule }) => rule).values()];
  const shown = first.map((broken) => {
    const [{ rule, detail }] = broken as [GroupViolation];
    const about = linesAbout(lines, detail).slice(-MOST_LINES);
    const text = about.map(({ line }) => `    ${line}`).join('');
    return `  ${rule}: ${detail}\n${text}`;
  });
  const rest = violations.length - shown.length;
  return shown.join('') + (rest > 0 ? `  and ${rest} more\n` : '');
}

/** Lines about the partition that a detail names, up to the time that it names where it names one. */
function linesAbout(lines: readonly Told[], detail: string): readonly Told[] {
  const [, group, topic, partition] = LANE.exec(detail) ?? [];
  const lane = `"group":"${group}","topic":"${topic}","partition":${partition}`;
  const [time] = /\b1\d{12}\b/.exec(detail) ?? [];
  return lines.filter(
    ({ at, line }) =>
      line.includes(lane) && (time === undefined || at <= Number(time) + 50),
  );
}
