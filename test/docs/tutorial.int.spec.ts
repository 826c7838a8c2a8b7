import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { programsOf } from '../../scripts/docs/programs-of.ts';
import { runProgram, withProgramFolder } from '../support/run-program.js';

const PAGE = 'docs/tutorial.md';
const page = new URL(`../../${PAGE}`, import.meta.url);

// Five starts of Postgres: 8 s on an idle machine of two cores.
it('prints what the tutorial says, step by step', async () => {
  const { programs, faults } = programsOf(PAGE, readFileSync(page, 'utf8'));
  expect(faults).toEqual([]);
  expect(programs.map(({ main }) => main)).toEqual([
    'src/main.ts',
    'src/main.ts',
    'src/main.ts',
    'src/main.ts',
    'src/rebuild.ts',
  ]);
  await withProgramFolder('tutorial', async (folder) => {
    for (const program of programs)
      expect(said(program.line, await runProgram(folder, program))).toBe(
        said(program.line, program.output),
      );
  });
}, 120_000);

/** Names the block, so that a difference says where it is to be seen. */
function said(line: number, text: string): string {
  return `${PAGE}:${line}\n${text}`;
}
