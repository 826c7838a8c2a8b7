import { describe, expect, it } from '@jest/globals';
import { compilerFaults } from './docs/compiler-output.ts';
import { codesOf, errorLineFaults } from './docs/error-lines.ts';
import { formatFault } from './docs/fault.ts';
import { pageOf } from './docs/fences.ts';
import { brokenLinks } from './docs/links.ts';
import { modulesOf } from './docs/modules-of.ts';
import { programsOf } from './docs/programs-of.ts';

const text = (...lines: readonly string[]) => lines.join('\n');

/** The broken links of docs/how-to/a.md, where three other pages exist. */
const brokenIn = (...lines: readonly string[]) =>
  brokenLinks('docs/how-to/a.md', text(...lines), (path) =>
    ['README.md', 'docs/b.md', 'docs/how-to/c d.md'].includes(path),
  ).map(formatFault);

describe('pageOf', () => {
  it('keeps the prose and the numbers of its lines', () => {
    const page = pageOf(text('a', '```sh', 'b', '```', 'c'));
    expect(page.prose).toEqual(['a', '', '', '', 'c']);
    expect(page.fences).toEqual([
      expect.objectContaining({ info: 'sh', line: 2, code: ['b'] }),
    ]);
  });

  it('closes a fence only with at least as many of its own marks', () => {
    const page = pageOf(
      text('````md', '```ts', '```', '~~~', '`````', 'after'),
    );
    expect(page.fences.map(({ code }) => code)).toEqual([
      ['```ts', '```', '~~~'],
    ]);
    expect(page.prose.at(-1)).toBe('after');
  });

  it('finds a fence inside a list, and no fence in a code span', () => {
    const page = pageOf(text('- a', '  ```ts', '  b;', '  ```', '```c``` d'));
    expect(page.fences.map(({ line }) => line)).toEqual([2]);
  });
});

describe('modulesOf', () => {
  it('makes each block a module whose lines keep their numbers', () => {
    const page = text(
      '# A',
      '```ts',
      'one;',
      '```',
      '',
      '```ts',
      'two;',
      '```',
    );
    expect(modulesOf('README.md', page)).toEqual({
      modules: [
        { path: 'README.md', line: 2, source: '\n\none;\n' },
        { path: 'README.md', line: 6, source: '\n\n\n\n\n\ntwo;\n' },
      ],
      faults: [],
    });
  });

  it('appends a block that continues to the one before, past other languages', () => {
    const page = text(
      '```ts',
      'one;',
      '```',
      '```sh',
      'ls',
      '```',
      '```ts continues',
      'two;',
      '```',
    );
    expect(modulesOf('a.md', page).modules).toEqual([
      { path: 'a.md', line: 1, source: '\none;\n\n\n\n\n\ntwo;\n' },
    ]);
  });

  it('leaves out a block that is ignored for a reason', () => {
    const page = text('```ts ignore the body is elided', '…', '```');
    expect(modulesOf('a.md', page)).toEqual({ modules: [], faults: [] });
  });

  it.each([
    ['ts ignore', "'ts ignore' needs its reason on the same line"],
    ['ts continues', 'continues no earlier block of this page'],
    [
      'typescript skip',
      "'skip' is no mark; a block is 'ts', 'ts file=<name>', 'ts continues' or 'ts ignore <reason>'",
    ],
    [
      'ts file=../a.ts',
      "'file=../a.ts' names no file: give a path below the program's folder, 'file=src/main.ts'",
    ],
  ])('refuses a block opened as %s', (info, message) => {
    const page = modulesOf('a.md', text('', `\`\`\`${info}`, 'one;', '```'));
    expect(page.modules).toEqual([]);
    expect(page.faults.map(formatFault)).toEqual([`a.md:2: ${message}`]);
  });
});

describe('programsOf', () => {
  const file = (name: string, ...code: readonly string[]) =>
    text(`\`\`\`ts file=${name}`, ...code, '```');
  const other = (info: string, ...code: readonly string[]) =>
    text(`\`\`\`${info}`, ...code, '```');
  const found = (...blocks: readonly string[]) => {
    const { programs, faults } = programsOf('a.md', text(...blocks));
    return {
      programs: programs.map(({ main, files, output }) => ({
        main,
        files: [...files].map(([name, { fences }]) => [
          name,
          ...fences.flatMap(({ code }) => code),
        ]),
        output,
      })),
      faults: faults.map(formatFault),
    };
  };

  it('runs the last file before an output, beside all others as they stood last', () => {
    expect(
      found(
        file('a.ts', 'one;'),
        file('main.ts', 'first;'),
        other('sh', 'npm start'),
        other('text', 'printed'),
        file('a.ts', 'two;'),
        other('ts continues', 'three;'),
        other('text', 'again'),
      ),
    ).toEqual({
      programs: [
        {
          main: 'main.ts',
          files: [
            ['a.ts', 'one;'],
            ['main.ts', 'first;'],
          ],
          output: 'printed\n',
        },
        {
          main: 'a.ts',
          files: [
            ['a.ts', 'two;', 'three;'],
            ['main.ts', 'first;'],
          ],
          output: 'again\n',
        },
      ],
      faults: [],
    });
  });

  it('takes no other text for an output', () => {
    const { programs } = found(
      other('text', 'a'),
      file('main.ts', 'one;'),
      other('text', 'b'),
      other('text', 'c'),
      other('ts', 'alone;'),
      other('text', 'd'),
    );
    expect(programs.map(({ output }) => output)).toEqual(['b\n']);
  });

  it('names a file that nothing runs', () => {
    expect(
      found(
        file('main.ts', 'one;'),
        other('json', '{}'),
        other('text', 'not of the program'),
      ).faults,
    ).toEqual([
      "a.md:1: no 'text' block with the output follows main.ts, so that no test runs it",
    ]);
  });

  it('compiles the files of each program together, with the numbers of their lines', () => {
    const page = text(
      file('src/main.ts', 'one;'),
      other('text', 'printed'),
      other('ts', 'alone;'),
    );
    expect(modulesOf('a.md', page).modules).toEqual([
      { path: 'a.md', line: 7, source: '\n\n\n\n\n\n\nalone;\n' },
      {
        path: 'a.md',
        line: 1,
        source: '\none;\n',
        file: 'src/main.ts',
        program: 4,
      },
    ]);
  });
});

describe('brokenLinks', () => {
  it('passes links to files, anchors and other sites', () => {
    expect(
      brokenIn(
        '[a](../b.md#part) ![b](<../b.md>) [c](c%20d.md "title") [d](/README.md)',
        '[e](#here) [f](https://example.org/x.md) [g](mailto:a@example.org)',
        '[h]: ../../README.md',
      ),
    ).toEqual([]);
  });

  it('does not read code', () => {
    expect(
      brokenIn('`[a](gone.md)` ``[b](gone.md)``', '```', '[c](gone.md)', '```'),
    ).toEqual([]);
  });

  it('names a link that leads nowhere, with its line', () => {
    expect(
      brokenIn('', '[a](../b.md) and [b](gone.md#x)', '[c]: ./gone.md'),
    ).toEqual([
      'docs/how-to/a.md:2: link to gone.md#x, which does not exist',
      'docs/how-to/a.md:3: link to ./gone.md, which does not exist',
    ]);
  });

  it('lets no link leave the project', () => {
    expect(
      brokenLinks('README.md', '[a](../b.md)', () => true).map(formatFault),
    ).toEqual(['README.md:1: link to ../b.md, which does not exist']);
  });
});

describe('errorLineFaults', () => {
  const codes = codesOf(
    text(
      '/** Codes: A. */',
      'export const C = {',
      "  CLOSED: 'final',",
      "  LOG_HOLE: 'final',",
      '};',
    ),
  );

  it('reads the codes of the closed list', () => {
    expect(codes).toEqual(['CLOSED', 'LOG_HOLE']);
    expect(() => codesOf('export const C = {};')).toThrow('no error code');
  });

  it('takes rows, items and headings that begin with a code', () => {
    expect(
      errorLineFaults('| `CLOSED` | a |\n- `LOG_HOLE`: b `X`', codes),
    ).toEqual([]);
    expect(errorLineFaults('### `CLOSED`\n* `LOG_HOLE`', codes)).toEqual([]);
  });

  it('names a code without a line and a line without a code', () => {
    const page = '`CLOSED` in passing\n\n| `LOG_HOLE` |\n| `GONE` |';
    expect(errorLineFaults(page, codes).map(formatFault)).toEqual([
      'docs/reference/errors.md:1: has no line for `CLOSED`',
      'docs/reference/errors.md:4: `GONE` is not in libs/kernel/src/error-codes.ts',
    ]);
  });
});

describe('compilerFaults', () => {
  it('says errors of the page, with the lines that explain them', () => {
    const output = text(
      "docs-1/docs/tutorial.md/12.ts(34,5): error TS2322: Type 'a' (b).",
      "  Type 'c'.",
      'docs-1/README.md/program-9/src/a.ts(3,1): error TS1: twice.',
      'docs-1/README.md/program-20/src/a.ts(3,1): error TS1: twice.',
      'libs/log/src/a.ts(1,1): error TS1: broken.',
      'error TS5: no such option.',
      '',
    );
    expect(compilerFaults(output, 'docs-1').map(formatFault)).toEqual([
      "docs/tutorial.md:34: error TS2322: Type 'a' (b).\n  Type 'c'.",
      'README.md:3: error TS1: twice.',
      'libs/log/src/a.ts:1: error TS1: broken.',
      'tsc:1: error TS5: no such option.',
    ]);
  });
});
