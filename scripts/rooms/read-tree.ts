import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { ROOTS } from './table.ts';

/** Reads every .ts file below the checked folders of the repository at `root`. */
export function readTree(root: string): Map<string, string> {
  const paths = ROOTS.filter((name) => existsSync(join(root, name)))
    .flatMap((name) => filesBelow(root, name))
    .filter((path) => path.endsWith('.ts') && !path.includes('node_modules/'))
    .sort();
  return new Map(
    paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]),
  );
}

function filesBelow(root: string, name: string): string[] {
  return readdirSync(join(root, name), {
    recursive: true,
    encoding: 'utf8',
  }).map((path) => `${name}/${path.split(sep).join('/')}`);
}
