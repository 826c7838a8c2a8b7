import { posix } from 'node:path';
import type { Fault } from './fault.ts';
import type { DocModule } from './modules-of.ts';

/** Where a module of a page is written, below the temporary folder: the page is a folder, the line names the file. */
export function modulePath({ path, line }: DocModule): string {
  return `${path}/${line}.ts`;
}

/**
 * Reads what `tsc --pretty false` wrote: a line per error with indented lines below it. Errors in modules below `folder`
 * are said of the page they come from, on its own line.
 */
export function compilerFaults(output: string, folder: string): Fault[] {
  const faults: Fault[] = [];
  for (const text of output.split('\n').filter((line) => line.trim() !== '')) {
    const last = faults.at(-1);
    if (last && /^\s/.test(text)) {
      faults[faults.length - 1] = {
        ...last,
        message: `${last.message}\n${text}`,
      };
    } else faults.push(faultOf(text, folder));
  }
  return faults;
}

function faultOf(text: string, folder: string): Fault {
  const match = /^(.+?)\((\d+),\d+\): (.*)$/.exec(text);
  if (!match) return { path: 'tsc', line: 1, message: text };
  const [, file = '', line, message = ''] = match;
  const path = file.startsWith(`${folder}/`)
    ? posix.dirname(file.slice(folder.length + 1))
    : file;
  return { path, line: Number(line), message };
}
