import { blocksOf, isTypeScript, type Block } from './blocks.ts';
import type { Fault } from './fault.ts';
import { pageOf, type Fence } from './fences.ts';

/** A program of a page, and what the page says that it prints. */
export interface Program {
  /** Where its output stands, 1-based; of files that no output follows, where the last of them opens. */
  readonly line: number;
  /** The file that is run: the last one before the output. */
  readonly main: string;
  /** Every file of the page so far, each as it was shown last. */
  readonly files: ReadonlyMap<string, Block>;
  readonly output: string;
}

/** The programs of a page, and what is wrong with them. */
export interface PagePrograms {
  readonly programs: readonly Program[];
  readonly faults: readonly Fault[];
}

/**
 * The programs of a page. A block opened as `ts file=src/a.ts` is a file; a later block of the same name takes its place,
 * `ts continues` adds to it. A block opened as `text` that comes next, with at most `sh` between, is what is printed when
 * the last of the files is run beside all others. A file that no output follows is a fault, since nothing would run it.
 */
export function programsOf(path: string, markdown: string): PagePrograms {
  const { fences } = pageOf(markdown);
  const { blocks } = blocksOf(path, fences);
  const files = new Map<string, Block>();
  const programs: Program[] = [];
  let last: Block | undefined;
  for (const fence of fences) {
    if (isTypeScript(fence)) {
      last = blocks.find((block) => block.fences.includes(fence));
      if (last?.file !== undefined) files.set(last.file, last);
    } else if (fence.info !== 'sh') {
      if (last?.file !== undefined && fence.info === 'text')
        programs.push(program(last.file, files, fence));
      last = undefined;
    }
  }
  return { programs, faults: unrun(path, blocks, programs) };
}

function program(
  main: string,
  files: ReadonlyMap<string, Block>,
  { line, code }: Fence,
): Program {
  const output = `${code.join('\n')}\n`;
  return { line, main, files: new Map(files), output };
}

function unrun(
  path: string,
  blocks: readonly Block[],
  programs: readonly Program[],
): Fault[] {
  const run = new Set(programs.flatMap(({ files }) => [...files.values()]));
  return blocks
    .filter((block) => block.file !== undefined && !run.has(block))
    .map(({ file, line }) => ({
      path,
      line,
      message: `no 'text' block with the output follows ${file}, so that no test runs it`,
    }));
}
