import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

/** The project's markdown pages: those at its root and those below docs/, path and text. */
export function readPages(root: string): Map<string, string> {
  const docs = join(root, 'docs');
  const below = existsSync(docs)
    ? readdirSync(docs, { recursive: true, encoding: 'utf8' })
    : [];
  const paths = [
    ...readdirSync(root),
    ...below.map((path) => `docs/${path.split(sep).join('/')}`),
  ];
  return new Map(
    paths
      .filter((path) => path.endsWith('.md'))
      .sort()
      .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
  );
}
