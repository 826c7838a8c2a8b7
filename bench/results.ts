import Table from 'cli-table3';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Figure } from './figure.ts';
import { markdownTable } from './markdown-table.ts';
import { machineText, type Machine } from './machine.ts';

export const RESULTS = join(import.meta.dirname, 'results');

const COLUMNS = [
  'what',
  'value',
  'against',
  'peer',
  'ratio',
  'target',
] as const;

/** The figures as a table for a terminal. */
export function terminalTable(figures: readonly Figure[]): string {
  const table = new Table({
    head: [...COLUMNS, 'met'],
    style: { head: [], border: [] },
    colWidths: [30, 30, 30, 30, 20, 14, 6],
    wordWrap: true,
  });
  for (const figure of figures) table.push(cellsOf(figure));
  return table.toString();
}

/** Writes a suite's table and what it was made of. */
export async function saveFigures(
  { name, title }: { readonly name: string; readonly title: string },
  figures: readonly Figure[],
  { machine, rounds }: { readonly machine: Machine; readonly rounds: number },
): Promise<void> {
  const text = `# ${title}, measured

${machineText(machine)}

Medians of ${rounds} rounds (least..greatest), ours and the peer in turn inside each round, a CHECKPOINT before each; a
ratio is the median of the rounds' ratios. Written by \`npm run bench -- ${name}\`; what each row means stands in
[the reference](../../docs/reference/benchmarks.md).

${markdownTable([...COLUMNS, 'met'], figures.map(cellsOf))}
`;
  await saveText(`${name}.md`, text);
  await saveJson(`${name}.json`, { machine, rounds, figures });
}

export async function saveText(name: string, text: string): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  await writeFile(join(RESULTS, name), text);
}

export async function saveJson(name: string, value: unknown): Promise<void> {
  await saveText(name, `${JSON.stringify(value, null, 2)}\n`);
}

function cellsOf(figure: Figure): string[] {
  const met = figure.met === undefined ? '' : figure.met ? 'yes' : 'no';
  return [...COLUMNS.map((column) => figure[column]), met];
}
