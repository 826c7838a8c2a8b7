import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  eventsAbout,
  type LogEvent,
  type LogHistory,
  type LogViolation,
} from '#testing';
import { lineOf } from '../json-lines.js';

const MOST_SHOWN = 5;
const MOST_EVENTS = 20;

/** Writes a whole history as lines of JSON, the final log behind the events, and returns the file. */
export function writeHistory(
  name: string,
  { events, log }: LogHistory,
): string {
  const file = join(tmpdir(), `postamt-faults-${name}.jsonl`);
  const stored = log.map((at) => ({ kind: 'stored', ...at }));
  const lines = [...events, ...(stored as unknown as LogEvent[])].map(lineOf);
  writeFileSync(file, lines.join(''));
  return file;
}

/** The first violations, each with the events that show it. */
export function describeViolations(
  history: LogHistory,
  violations: readonly LogViolation[],
): string {
  const shown = violations.slice(0, MOST_SHOWN).map((violation) => {
    const events = eventsAbout(history, violation).slice(0, MOST_EVENTS);
    const lines = events.map((event) => `    ${lineOf(event)}`).join('');
    return `  ${violation.rule}: ${violation.detail}\n${lines}`;
  });
  const rest = violations.length - shown.length;
  return shown.join('') + (rest > 0 ? `  and ${rest} more\n` : '');
}
