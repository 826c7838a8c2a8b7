/** What these checks look at in a package.json. */
export interface Manifest {
  readonly dependencies: Versions;
  readonly devDependencies: Versions;
  readonly peerDependencies: Versions;
  readonly peerDependenciesMeta: Readonly<
    Record<string, { readonly optional?: boolean }>
  >;
}

/** Ranges of versions by the name of the package. */
export type Versions = Readonly<Record<string, string>>;

/** The lowest versions that the peers' ranges (`^1.2.0`) allow; `*` stays. */
export function lowestVersions(peers: Versions): Versions {
  return Object.fromEntries(
    Object.entries(peers).map(([name, range]) => [
      name,
      range.replace(/^[\^~]|^>=/, ''),
    ]),
  );
}
