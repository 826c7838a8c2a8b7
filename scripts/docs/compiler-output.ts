import { formatFault, type Fault } from './fault.ts';
import type { DocModule } from './modules-of.ts';

/**
 * Where a module of a page is written, below the temporary folder: the page is a folder, the line names the file. The
 * files of a program stand together in a folder, under their own names.
 */
export function modulePath({ path, line, file, program }: DocModule): string {
  return file === undefined
    ? `${path}/${line}.ts`
    : `${path}/program-${program}/${file}`;
}

/**
 * Reads what `tsc --pretty false` wrote: a line per error with indented lines below it. Errors in modules below `folder`
 * are said of the page they come from, on its own line, and once where the same file is compiled in several programs.
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
  return [...new Map(faults.map((each) => [formatFault(each), each])).values()];
}

function faultOf(text: string, folder: string): Fault {
  const match = /^(.+?)\((\d+),\d+\): (.*)$/.exec(text);
  if (!match) return { path: 'tsc', line: 1, message: text };
  const [, file = '', line, message = ''] = match;
  const page = file.startsWith(`${folder}/`)
    ? /^.*?\.md(?=\/)/.exec(file.slice(folder.length + 1))?.[0]
    : undefined;
  return { path: page ?? file, line: Number(line), message };
}
