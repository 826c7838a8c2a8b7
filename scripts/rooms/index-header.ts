import { rowText } from './import-rules.ts';
import { ROOMS } from './table.ts';
import type { Violation } from './violation.ts';

/**
 * Checks the three lines that open `libs/<lib>/src/index.ts`: what the lib is, what it may import (as the table of
 * rooms has it), its words.
 *
 * @example
 * // groups: membership, assignment, committed offsets.
 * // May import: kernel, postgres, log.
 * // Words: member, generation, assignment.
 */
export function headerViolations(lib: string, source: string): Violation[] {
  const row = ROOMS.get(lib);
  const path = `libs/${lib}/src/index.ts`;
  if (!row) {
    return [{ path, line: 1, rule: `the table of rooms has no lib '${lib}'` }];
  }
  const allowed = `// May import: ${rowText(row)}.`;
  const [what = '', mayImport = '', words = ''] = source.split('\n');
  const faults = [
    what.startsWith(`// ${lib}: `) || `opens with '// ${lib}: <what it is>'`,
    sameNames(mayImport, allowed) || `the second line is '${allowed}'`,
    /^\/\/ Words: \S/.test(words) ||
      `the third line is '// Words: <its words>'`,
  ];
  return faults.flatMap((rule, index) =>
    typeof rule === 'string' ? [{ path, line: index + 1, rule }] : [],
  );
}

/** Equal but for the order of the names; a sentence may follow, such as which packages have their home in the lib. */
function sameNames(line: string, expected: string): boolean {
  return sortedNames(line) === sortedNames(expected);
}

function sortedNames(line: string): string {
  const [label, names = ''] = line.split(': ');
  const [list = ''] = names.split(/\.(?:\s|$)/);
  return `${label}: ${list.split(', ').sort().join(', ')}`;
}
