import type { EmbeddedPostgres } from '#postgres';
import { Bench, type BenchOptions } from './bench.ts';
import type { Figure } from './figure.ts';
import { describeMachine } from './machine.ts';
import { plotFigures } from './plot-figures.ts';
import { saveFigures, terminalTable } from './results.ts';

/** Figures that are measured one after the other and judged together. */
export interface Suite {
  /** What its results are filed under: `bench/results/<name>.md`. */
  readonly name: string;
  readonly title: string;
  /** By the name that `--only` takes. */
  readonly figures: ReadonlyMap<string, (bench: Bench) => Promise<Figure[]>>;
}

export interface SuiteOptions extends BenchOptions {
  /** The names of figures; all unless given. */
  readonly only?: readonly string[];
  /** Exit with 1 when a target is missed. */
  readonly check?: boolean;
}

/** Measures a suite's figures, each in a database of its own, shows them, and keeps what a whole run came to. */
export async function measureSuite(
  server: EmbeddedPostgres,
  suite: Suite,
  options: SuiteOptions,
): Promise<void> {
  const names = chosen(suite, options.only ?? []);
  const machine = await describeMachine(server);
  const figures: Figure[] = [];
  for (const name of names) {
    process.stderr.write(`${name} …\n`);
    const measure = suite.figures.get(name);
    if (measure) figures.push(...(await Bench.with(server, options, measure)));
  }
  process.stdout.write(`${terminalTable(figures)}\n`);
  // A part of the figures, or small ones, are a look and no result.
  if (names.length === suite.figures.size && !options.quick) {
    await saveFigures(suite, figures, { machine, rounds: options.rounds });
    await plotFigures(`${suite.name}.png`, figures);
  }
  if (options.check) judge(figures);
}

function chosen({ figures }: Suite, only: readonly string[]): string[] {
  const names = [...figures.keys()];
  const unknown = only.find((name) => !figures.has(name));
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
