import { posix } from 'node:path';
import { importsOf, type ImportSite } from './imports-of.ts';
import { placeOf, type Place } from './place.ts';

/** A parsed file of a room. */
export interface SourceFile {
  readonly path: string;
  readonly place: Place;
  readonly imports: readonly ImportSite[];
}

/** Parses one file; the path is relative to the repository's root. */
export function sourceFile(path: string, source: string): SourceFile {
  const place = placeOf(path);
  if (!place) throw new Error(`${path} stands in no room`);
  try {
    return { path, place, imports: importsOf(source) };
  } catch (error) {
    throw new Error(`${path} does not parse`, { cause: error });
  }
}

/** Whether a specifier is a path and not a name. */
export function isRelative(specifier: string): boolean {
  return /^\.{1,2}(\/|$)/.test(specifier);
}

/** The file that a specifier leads to from `path`, as far as it is one of ours: a relative path or `#lib`. */
export function targetOf(path: string, specifier: string): string | undefined {
  if (isRelative(specifier)) {
    const joined = posix.join(posix.dirname(path), specifier);
    return joined.replace(/\.js$/, '.ts');
  }
  const lib = /^#([a-z-]+)$/.exec(specifier)?.[1];
  return lib && `libs/${lib}/src/index.ts`;
}
