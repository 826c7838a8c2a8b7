import type { Fault } from './fault.ts';
import { pageOf } from './fences.ts';

/** The page that has a line for each error code. */
export const ERRORS_PAGE = 'docs/reference/errors.md';

/** The error codes in the source of libs/kernel/src/error-codes.ts. */
export function codesOf(source: string): string[] {
  const codes = [...source.matchAll(/^\s+([A-Z][A-Z0-9_]*):/gm)];
  if (codes.length === 0) throw new Error('no error code found in the source');
  return codes.map(([, code = '']) => code);
}

/**
 * Compares the page with the closed list of codes: each has a line of its own (a table row, list item or heading that
 * begins with the code in backticks), and no line has a code that does not exist.
 */
export function errorLineFaults(
  markdown: string,
  codes: readonly string[],
): Fault[] {
  const lines = pageOf(markdown).prose.flatMap((text, index) => {
    const code = /^\s*(?:\||[-*]|#+)\s*`([A-Z][A-Z0-9_]*)`/.exec(text)?.[1];
    return code === undefined ? [] : [{ code, line: index + 1 }];
  });
  const documented = lines.map(({ code }) => code);
  const missing = codes.filter((code) => !documented.includes(code));
  const unknown = lines.filter(({ code }) => !codes.includes(code));
  return [
    ...missing.map((code) => fault(1, `has no line for \`${code}\``)),
    ...unknown.map(({ code, line }) =>
      fault(line, `\`${code}\` is not in libs/kernel/src/error-codes.ts`),
    ),
  ];
}

function fault(line: number, message: string): Fault {
  return { path: ERRORS_PAGE, line, message };
}
