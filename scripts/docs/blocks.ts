import type { Fault } from './fault.ts';
import type { Fence } from './fences.ts';

/** TypeScript of a page that belongs together: a block, and those that continue it. */
export interface Block {
  /** The name on the fence, where it is a file of a program. */
  readonly file: string | undefined;
  /** Where its first fence opens, 1-based. */
  readonly line: number;
  readonly fences: Fence[];
}

/** The blocks of a page, in its order, and the fences that are wrong. */
export interface PageBlocks {
  readonly blocks: readonly Block[];
  readonly faults: readonly Fault[];
}

const FILE = /^file=((?:[\w-][\w.-]*\/)*[\w-][\w.-]*\.ts)$/;

/** Whether a fence holds TypeScript. */
export function isTypeScript({ info }: Fence): boolean {
  return /^(ts|mts|typescript)(\s|$)/i.test(info);
}

/** Reads the marks on the fences of TypeScript: `file=<name>`, `continues`, `ignore <reason>`, or none. */
export function blocksOf(path: string, fences: readonly Fence[]): PageBlocks {
  const blocks: Block[] = [];
  const faults: Fault[] = [];
  for (const fence of fences.filter(isTypeScript)) {
    const [, mark, ...rest] = fence.info.split(/\s+/);
    const message = faultOf({ mark, rest, isFirst: blocks.length === 0 });
    if (message) faults.push({ path, line: fence.line, message });
    else if (mark === 'continues') blocks.at(-1)?.fences.push(fence);
    else if (mark !== 'ignore') {
      const file = FILE.exec(mark ?? '')?.[1];
      blocks.push({ file, line: fence.line, fences: [fence] });
    }
  }
  return { blocks, faults };
}

/** The blocks with empty lines before and between them, so that each line keeps its number. */
export function laidOut(fences: readonly Fence[]): string {
  const lines: string[] = [];
  for (const { line, code } of fences) {
    while (lines.length < line) lines.push('');
    lines.push(...code);
  }
  return `${lines.join('\n')}\n`;
}

interface Marks {
  readonly mark: string | undefined;
  readonly rest: readonly string[];
  readonly isFirst: boolean;
}

function faultOf({ mark, rest, isFirst }: Marks): string | undefined {
  if (mark === undefined) return undefined;
  if (mark === 'continues')
    return isFirst ? 'continues no earlier block of this page' : undefined;
  if (mark === 'ignore')
    return rest.length === 0
      ? `'ts ignore' needs its reason on the same line`
      : undefined;
  if (mark.startsWith('file='))
    return FILE.test(mark) && rest.length === 0
      ? undefined
      : `'${[mark, ...rest].join(' ')}' names no file: give a path below the program's folder, 'file=src/main.ts'`;
  return `'${mark}' is no mark; a block is 'ts', 'ts file=<name>', 'ts continues' or 'ts ignore <reason>'`;
}
