import { startEmbeddedPostgres, type EmbeddedPostgres } from '#postgres';
import { Bench, type BenchOptions } from './bench.ts';
import type { Figure } from './figure.ts';
import { FIGURES } from './figures.ts';
import { measureGrowth } from './growth/measure-growth.ts';
import { describeMachine } from './machine.ts';
import { plotFigures } from './plot-figures.ts';
import { saveFigures, terminalTable } from './results.ts';

export interface BenchLogOptions extends Partial<BenchOptions> {
  /** Exit with 1 when a target is missed. */
  readonly check?: boolean;
  /** The names of figures; all unless given. */
  readonly only?: readonly string[];
  /** Measure how the log grows, in place of the figures. */
  readonly growth?: boolean;
  /** How much is kept in the growth by bytes, in GiB. */
  readonly gigabytes?: readonly number[];
}

/** Runs the figures, or the growth, on an embedded server of its own with its default settings. */
export async function benchLog(given: BenchLogOptions): Promise<void> {
  const { rounds = 5, quick = false, minutes = 2 } = given;
  const options = { rounds, quick, minutes };
  const names = chosen(given.only ?? []);
  const server = await startEmbeddedPostgres();
  try {
    if (given.growth)
      await measureGrowth(server, options, given.gigabytes ?? []);
    else await measureFigures(server, options, names, given.check ?? false);
  } finally {
    await server.stop();
  }
}

async function measureFigures(
  server: EmbeddedPostgres,
  options: BenchOptions,
  names: readonly string[],
  check: boolean,
): Promise<void> {
  const machine = await describeMachine(server);
  const figures: Figure[] = [];
  for (const name of names) {
    process.stderr.write(`${name} …\n`);
    figures.push(...(await measureOne(server, options, name)));
  }
  process.stdout.write(`${terminalTable(figures)}\n`);
  // A part of the figures, or small ones, are a look and no result.
  if (names.length === FIGURES.size && !options.quick) {
    await saveFigures(figures, machine, options.rounds);
    await plotFigures(figures);
  }
  if (check) judge(figures);
}

async function measureOne(
  server: EmbeddedPostgres,
  options: BenchOptions,
  name: string,
): Promise<Figure[]> {
  const measure = FIGURES.get(name);
  return measure ? Bench.with(server, options, measure) : [];
}

function chosen(only: readonly string[]): string[] {
  const names = [...FIGURES.keys()];
  const unknown = only.find((name) => !FIGURES.has(name));
  if (unknown !== undefined)
    throw new Error(`there is no figure ${unknown}: ${names.join(', ')}`);
  return only.length === 0 ? names : [...only];
}

/** Says which targets were missed and has the process exit with 1; what did not run has not reached its target. */
function judge(figures: readonly Figure[]): void {
  const missed = figures.filter(
    ({ target, met }) => target !== '' && met !== true,
  );
  for (const { name, what, ratio, value, target } of missed)
    process.stderr.write(
      `missed: ${name}: ${what}: ${ratio || value}, target ${target}\n`,
    );
  if (missed.length > 0) process.exitCode = 1;
}
