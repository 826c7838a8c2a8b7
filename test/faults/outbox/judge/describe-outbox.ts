import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineOf } from '../../json-lines.js';
import type { OutboxHistory } from '../outbox-history.js';
import type { OutboxViolation } from './check-outbox.js';

const MOST_SHOWN = 5;
const MOST_LINES = 20;
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const KEY = /key (\S+?):/;

/** A history as lines of JSON: what writers were told, then what stands in the database. */
export function linesOf(history: OutboxHistory): string[] {
  const { told, ledger, log, shown, waiting } = history;
  return [
    ...told.map(lineOf),
    ...ledger.map((entry) => lineOf({ kind: 'committed', ...entry })),
    ...log.map((entry) => lineOf({ kind: 'stored', ...entry })),
    ...shown.map((entry) => lineOf({ kind: 'shown', ...entry })),
    ...waiting.map((what) => lineOf({ kind: 'waiting', what })),
  ];
}

/** Writes a whole history to a file in the machine's folder for temporary files, and returns it. */
export function writeOutboxHistory(
  name: string,
  history: OutboxHistory,
): string {
  const file = join(tmpdir(), `postamt-faults-${name}.jsonl`);
  writeFileSync(file, linesOf(history).join(''));
  return file;
}

/** The first violations, each with the lines of the history that show it. */
export function describeOutbox(
  history: OutboxHistory,
  violations: readonly OutboxViolation[],
): string {
  const lines = linesOf(history);
  const shown = violations.slice(0, MOST_SHOWN).map(({ rule, detail }) => {
    const words = wordsOf(detail);
    const about = lines.filter((line) =>
      words.some((word) => line.includes(word)),
    );
    const some = about.slice(0, MOST_LINES).map((line) => `    ${line}`);
    return `  ${rule}: ${detail}\n${some.join('')}`;
  });
  const rest = violations.length - shown.length;
  return shown.join('') + (rest > 0 ? `  and ${rest} more\n` : '');
}

/** What a detail names: ids of events, and a key. */
function wordsOf(detail: string): string[] {
  const key = KEY.exec(detail)?.[1];
  const ids = detail.match(UUID) ?? [];
  return key === undefined ? ids : [...ids, `"key":"${key}"`];
}
