import type { Fault } from './fault.ts';
import { pageOf, type Fence } from './fences.ts';

/** TypeScript taken from a page. A line of `source` has the number it has in the page. */
export interface DocModule {
  readonly path: string;
  /** Where its first block opens, 1-based. */
  readonly line: number;
  readonly source: string;
}

/** What a page says in TypeScript, and the blocks whose fence is wrong. */
export interface PageModules {
  readonly modules: readonly DocModule[];
  readonly faults: readonly Fault[];
}

/**
 * The modules of a page. A block opened as `ts` is a module of its own, one opened as `ts continues` is appended to the
 * block of TypeScript before it, one opened as `ts ignore <reason>` is left out.
 */
export function modulesOf(path: string, markdown: string): PageModules {
  const modules: { line: number; blocks: Fence[] }[] = [];
  const faults: Fault[] = [];
  for (const fence of pageOf(markdown).fences) {
    const [language = '', mark, ...reason] = fence.info.split(/\s+/);
    if (!/^(ts|mts|typescript)$/i.test(language)) continue;
    const message = faultOf({ mark, reason, isFirst: modules.length === 0 });
    if (message) faults.push({ path, line: fence.line, message });
    else if (mark === 'continues') modules.at(-1)?.blocks.push(fence);
    else if (mark === undefined) {
      modules.push({ line: fence.line, blocks: [fence] });
    }
  }
  return {
    modules: modules.map(({ line, blocks }) => ({
      path,
      line,
      source: laidOut(blocks),
    })),
    faults,
  };
}

interface Marks {
  readonly mark: string | undefined;
  readonly reason: readonly string[];
  readonly isFirst: boolean;
}

function faultOf({ mark, reason, isFirst }: Marks): string | undefined {
  if (mark === undefined) return undefined;
  if (mark === 'continues') {
    return isFirst ? 'continues no earlier block of this page' : undefined;
  }
  if (mark !== 'ignore') {
    return `'${mark}' is no mark; a block is 'ts', 'ts continues' or 'ts ignore <reason>'`;
  }
  return reason.length === 0
    ? `'ts ignore' needs its reason on the same line`
    : undefined;
}

/** The blocks with empty lines before and between them, so that each line keeps its number. */
function laidOut(blocks: readonly Fence[]): string {
  const lines: string[] = [];
  for (const { line, code } of blocks) {
    while (lines.length < line) lines.push('');
    lines.push(...code);
  }
  return `${lines.join('\n')}\n`;
}
