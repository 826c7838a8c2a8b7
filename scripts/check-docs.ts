/**
 * Compiles the TypeScript in the project's markdown pages, looks where their relative links lead, and compares
 * docs/reference/errors.md with the list of error codes.
 *
 *     node scripts/check-docs.ts
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from './docs/compile.ts';
import { codesOf, errorLineFaults, ERRORS_PAGE } from './docs/error-lines.ts';
import { formatFault } from './docs/fault.ts';
import { brokenLinks } from './docs/links.ts';
import { modulesOf } from './docs/modules-of.ts';
import { readPages } from './docs/read-pages.ts';

const root = join(import.meta.dirname, '..');
const pages = [...readPages(root)];
const exists = (path: string) => existsSync(join(root, path));
const codes = codesOf(
  readFileSync(join(root, 'libs/kernel/src/error-codes.ts'), 'utf8'),
);
const errorsPage = pages.find(([path]) => path === ERRORS_PAGE)?.[1] ?? '';
const extracted = pages.map(([path, text]) => modulesOf(path, text));
const modules = extracted.flatMap((page) => page.modules);

const faults = [
  ...extracted.flatMap((page) => page.faults),
  ...pages.flatMap(([path, text]) => brokenLinks(path, text, exists)),
  ...errorLineFaults(errorsPage, codes),
  ...compile(root, modules),
];
for (const fault of faults) console.error(formatFault(fault));
console.log(
  `docs: ${pages.length} pages, ${modules.length} modules, ${faults.length} faults`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
