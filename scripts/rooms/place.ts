/** Where a file stands in the repository. */
export interface Place {
  /** `workshop` is test/, bench/ and scripts/: what is never published. */
  readonly kind: 'lib' | 'app' | 'workshop';
  /** The lib's or app's name, or the workshop folder's. */
  readonly name: string;
  /** The folder that relative imports must not leave: `libs/log`, `apps/cli`, `test`. */
  readonly room: string;
  /** Whether the file is never shipped: a spec, a fixture, or anything in the workshop. */
  readonly isTest: boolean;
}

const WORKSHOP: ReadonlySet<string> = new Set(['test', 'bench', 'scripts']);

/** The place of a path relative to the repository's root, with `/` between its parts; undefined outside all rooms. */
export function placeOf(path: string): Place | undefined {
  const [root = '', name = ''] = path.split('/');
  if (WORKSHOP.has(root)) {
    return { kind: 'workshop', name: root, room: root, isTest: true };
  }
  if (root !== 'libs' && root !== 'apps') return undefined;
  const isTest = path.endsWith('.spec.ts') || path.includes('/fixtures/');
  const kind = root === 'libs' ? 'lib' : 'app';
  return { kind, name, room: `${root}/${name}`, isTest };
}
