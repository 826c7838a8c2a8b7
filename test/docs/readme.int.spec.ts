import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { programsOf } from '../../scripts/docs/programs-of.ts';
import { runProgram, withProgramFolder } from '../support/run-program.js';

const PAGE = 'README.md';
const page = new URL(`../../${PAGE}`, import.meta.url);

it('prints what the README says', async () => {
  const { programs, faults } = programsOf(PAGE, readFileSync(page, 'utf8'));
  expect(faults).toEqual([]);
  const [program, ...others] = programs;
  if (!program || others.length > 0)
    throw new Error(
      `${PAGE} needs one program, blocks opened as 'ts file=<name>' with a 'text' block behind: it has ${programs.length}`,
    );
  const printed = await withProgramFolder('readme', (folder) =>
    runProgram(folder, program),
  );
  expect(printed).toBe(program.output);
});
