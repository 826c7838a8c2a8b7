/** What is published, and nothing else. */
const PUBLISHED = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^migrations\/(\d{6}|schema)\.sql$/,
  /^dist\/(libs\/[a-z-]+|apps\/(cli|relay|broker))\/src\/.+\.(js|js\.map|d\.ts)$/,
];
/** What a glance at `dist` does not tell from the rest of it. */
const UNPUBLISHED = [/\.spec\./, /(^|\/)fixtures\//];
const NEEDED = [
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'migrations/000001.sql',
  'dist/apps/cli/src/main.js',
  'dist/apps/relay/src/main.js',
  'dist/libs/nest/src/index.js',
];

/** What should not be in the package, and what is missing: faults in words, for a list of its files. */
export function contentFaults(paths: readonly string[]): string[] {
  const present = new Set(paths);
  const foreign = paths.filter(
    (path) => !matches(PUBLISHED, path) || matches(UNPUBLISHED, path),
  );
  return [
    ...foreign.map((path) => `${path} is not to be published`),
    ...NEEDED.filter((path) => !present.has(path)).map(
      (path) => `${path} is missing`,
    ),
    ...paths
      .filter((path) => path.endsWith('.js'))
      .map((path) => path.replace(/js$/, 'd.ts'))
      .filter((path) => !present.has(path))
      .map((path) => `${path} is missing`),
  ];
}

function matches(patterns: readonly RegExp[], path: string): boolean {
  return patterns.some((pattern) => pattern.test(path));
}
