import { cyclesOf } from './cycles.ts';
import { brokenRule } from './import-rules.ts';
import { headerViolations } from './index-header.ts';
import { sourceFile, targetOf, type SourceFile } from './source-file.ts';
import type { Violation } from './violation.ts';

/** The repository's TypeScript files: path relative to the root, and text. */
export type SourceTree = ReadonlyMap<string, string>;

/** Everything in a tree that breaks the rules of the rooms. */
export function checkTree(tree: SourceTree): Violation[] {
  const files = [...tree].map(([path, source]) => sourceFile(path, source));
  return [
    ...files.flatMap(importViolations),
    ...cycleViolations(files),
    ...indexViolations(tree),
  ];
}

function importViolations({ path, place, imports }: SourceFile): Violation[] {
  return imports.flatMap(({ specifier, line }) => {
    const rule = brokenRule({ path, place, specifier });
    return rule === undefined ? [] : [{ path, line, specifier, rule }];
  });
}

function cycleViolations(files: readonly SourceFile[]): Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const graph = new Map(files.map((file) => [file.path, loadedBy(file)]));
  return cyclesOf(graph).map((cycle) => {
    const [path = '', next = ''] = cycle.slice(-2);
    const site = byPath
      .get(path)
      ?.imports.find(({ specifier }) => targetOf(path, specifier) === next);
    const rule = `files import in a circle: ${cycle.join(' → ')}`;
    return { path, line: site?.line ?? 1, rule };
  });
}

function loadedBy({ path, imports }: SourceFile): string[] {
  return imports
    .filter(({ loads }) => loads)
    .map(({ specifier }) => targetOf(path, specifier))
    .filter((target) => target !== undefined);
}

function indexViolations(tree: SourceTree): Violation[] {
  return [...tree].flatMap(([path, source]) => {
    const lib = /^libs\/([^/]+)\/src\/index\.ts$/.exec(path)?.[1];
    return lib === undefined ? [] : headerViolations(lib, source);
  });
}
