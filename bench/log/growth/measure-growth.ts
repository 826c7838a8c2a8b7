import Table from 'cli-table3';
import type { EmbeddedPostgres } from '#postgres';
import { Bench, type BenchOptions } from '../../bench.ts';
import { microseconds, perSecond } from '../../figure.ts';
import { describeMachine, machineText, type Machine } from '../../machine.ts';
import { markdownTable } from '../../markdown-table.ts';
import { saveJson, saveText } from '../../results.ts';
import { growthByBytes } from './kept.ts';
import { plotGrowth } from './plot-growth.ts';
import { ROUNDS, type Growth, type Point } from './point.ts';
import { growthByProducers } from './producers.ts';
import { growthByPartitions, growthByTopics } from './spread.ts';

/** Measures how the log behaves as it grows, each kind of growth in a database of its own; writes tables and plots. */
export async function measureGrowth(
  server: EmbeddedPostgres,
  options: BenchOptions,
  gigabytes: readonly number[],
): Promise<void> {
  const machine = await describeMachine(server);
  const kinds = [
    growthByTopics,
    growthByPartitions,
    growthByProducers,
    async (bench: Bench) => growthByBytes(bench, gigabytes),
  ];
  const growths: Growth[] = [];
  for (const kind of kinds) {
    const growth = await Bench.with(server, options, kind);
    process.stdout.write(`${growth.how}\n${terminalTable(growth)}\n`);
    growths.push(growth);
  }
  if (options.quick) return;
  await saveText('growth.md', pageOf(growths, machine));
  await saveJson('growth.json', { machine, growths });
  for (const growth of growths) await plotGrowth(growth);
}

function terminalTable(growth: Growth): string {
  const head = headOf(growth);
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const point of growth.points) table.push(cellsOf(point));
  return table.toString();
}

function pageOf(growths: readonly Growth[], machine: Machine): string {
  const sections = growths.map(
    (growth) => `## By ${growth.name}

${growth.how[0]?.toUpperCase()}${growth.how.slice(1)}.

${markdownTable(headOf(growth), growth.points.map(cellsOf))}

![By ${growth.name}](growth-${growth.name}.png)
`,
  );
  return `# The log engine as it grows

${machineText(machine)} Records of 100 bytes, acks=1. Written by
\`npm run bench -- log --growth\`; a point is the median of ${ROUNDS} measurements after one uncounted (what is fetched, one).

${sections.join('\n')}`;
}

function headOf({ sizes, points }: Growth): string[] {
  const fetched = points.some((point) => point.fetched !== undefined);
  return [sizes, 'produced', 'latency', ...(fetched ? ['fetched'] : [])];
}

function cellsOf({ size, throughput, latency, fetched }: Point): string[] {
  return [
    String(size),
    perSecond(throughput),
    microseconds(latency),
    ...(fetched === undefined ? [] : [perSecond(fetched)]),
  ];
}
