import { blocksOf, laidOut } from './blocks.ts';
import type { Fault } from './fault.ts';
import { pageOf } from './fences.ts';
import { programsOf } from './programs-of.ts';

/** TypeScript taken from a page. A line of `source` has the number it has in the page. */
export interface DocModule {
  readonly path: string;
  /** Where its first block opens, 1-based. */
  readonly line: number;
  readonly source: string;
  /** Of a program's file: its name, and the line that tells the page's programs apart. */
  readonly file?: string;
  readonly program?: number;
}

/** What a page says in TypeScript, and the blocks whose fence is wrong. */
export interface PageModules {
  readonly modules: readonly DocModule[];
  readonly faults: readonly Fault[];
}

/**
 * The modules of a page. A block opened as `ts` is a module of its own, one opened as `ts continues` is appended to the
 * block of TypeScript before it, one opened as `ts ignore <reason>` is left out. Blocks opened as `ts file=<name>` are
 * modules of each program that they belong to.
 */
export function modulesOf(path: string, markdown: string): PageModules {
  const { blocks, faults } = blocksOf(path, pageOf(markdown).fences);
  const alone = blocks
    .filter(({ file }) => file === undefined)
    .map(({ line, fences }) => ({ path, line, source: laidOut(fences) }));
  const { programs, faults: unrun } = programsOf(path, markdown);
  const ofPrograms = programs.flatMap(({ line: program, files }) =>
    [...files].map(([file, { line, fences }]) => {
      return { path, line, source: laidOut(fences), file, program };
    }),
  );
  return {
    modules: [...alone, ...ofPrograms],
    faults: [...faults, ...unrun],
  };
}
