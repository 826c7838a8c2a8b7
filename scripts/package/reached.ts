import { posix } from 'node:path';
import { importsOf } from '../rooms/imports-of.ts';

/** The published files by their paths, and what `#name` stands for. */
export interface PublishedTree {
  readonly files: ReadonlyMap<string, string>;
  readonly imports: Readonly<
    Record<string, { readonly default: string } | string>
  >;
}

/** The files that are loaded when `entry` is, itself among them. */
export function reachedFrom(entry: string, tree: PublishedTree): Set<string> {
  if (!tree.files.has(entry)) throw new Error(`${entry} is not in the package`);
  const reached = new Set<string>();
  const open = [entry];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const text = tree.files.get(path);
    if (text === undefined || reached.has(path)) continue;
    reached.add(path);
    for (const { specifier, loads } of importsOf(text))
      if (loads) open.push(targetOf(path, specifier, tree));
  }
  return reached;
}

/** The file that a specifier means; some path that does not exist for what lies outside of the package. */
function targetOf(
  path: string,
  specifier: string,
  { imports }: PublishedTree,
): string {
  if (specifier.startsWith('.'))
    return posix.join(posix.dirname(path), specifier);
  const named = imports[specifier];
  const target = typeof named === 'string' ? named : named?.default;
  return posix.normalize(target ?? specifier);
}
