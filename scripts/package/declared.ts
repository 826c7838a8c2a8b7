import type { Manifest } from './manifest.ts';
import type { PackageUse } from './package-use.ts';

/** Our own name: the CLI reads its version by it. */
const SELF = 'postamt';

/**
 * Compares what is declared with what is used: each package that a published file names is a dependency or a peer, each
 * of those is named by a file, and no declaration file names an optional peer.
 *
 * @param typed whether a package brings its own types; where it does not, its `@types/…` must be a dependency
 */
export function declaredFaults(
  manifest: Manifest,
  uses: readonly PackageUse[],
  typed: (name: string) => boolean,
): string[] {
  const needed = new Map<string, PackageUse>();
  for (const use of uses)
    for (const name of neededBy(use, typed)) needed.set(name, use);
  needed.delete(SELF);
  const { dependencies, peerDependencies } = manifest;
  const declared = { ...dependencies, ...peerDependencies };
  return [
    ...[...needed]
      .filter(([name]) => !(name in declared))
      .map(([name, { path }]) => `${path} needs ${name}, which is undeclared`),
    ...Object.keys(declared)
      .filter((name) => !needed.has(name))
      .map((name) => `${name} is declared, and nothing published uses it`),
    ...optionalTypes(manifest, uses),
  ];
}

function neededBy(
  { name, isType }: PackageUse,
  typed: (name: string) => boolean,
): string[] {
  return isType && !typed(name) ? [name, typesOf(name)] : [name];
}

/** The package with the types of one that brings none. */
export function typesOf(name: string): string {
  return `@types/${name.replace(/^@([^/]+)\//, '$1__')}`;
}

function optionalTypes(
  { peerDependenciesMeta }: Manifest,
  uses: readonly PackageUse[],
): string[] {
  return uses
    .filter(
      ({ name, isType }) => isType && peerDependenciesMeta[name]?.optional,
    )
    .map(({ name, path }) => `${path} has types of the optional peer ${name}`);
}
