/**
 * Faults, played against the product and judged by its history checkers:
 *
 *     npm run faults -- <log|outbox|groups> [--minutes N] [--seed S] [--only NAME]
 *
 * Exit code 1 when a rule is broken, with the seed and the part of the history that shows it.
 */
import { randomInt } from 'node:crypto';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { groupsSuite } from './groups/groups-suite.js';
import { logSuite } from './log/log-suite.js';
import { outboxSuite } from './outbox/outbox-suite.js';
import type { FaultSuite } from './suite.js';

const SUITES = {
  log: logSuite,
  outbox: outboxSuite,
  groups: groupsSuite,
} as const satisfies Record<string, FaultSuite>;
const GREATEST_SEED = 2 ** 31;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text) && Number(text) < GREATEST_SEED) return Number(text);
  throw new InvalidArgumentError(`give a whole number below ${GREATEST_SEED}.`);
}

interface Options {
  readonly minutes?: number;
  readonly seed?: number;
  readonly only: string;
}

async function run(
  name: keyof typeof SUITES,
  { minutes, seed, only }: Options,
): Promise<void> {
  const chosen = seed ?? randomInt(GREATEST_SEED);
  print(`faults: ${name}, seed ${chosen}`);
  const sound = await SUITES[name]({ minutes, seed: chosen, only, print });
  print(sound ? 'no rule was broken' : 'FAILED');
  process.exitCode = sound ? 0 : 1;
}

await new Command('faults')
  .addArgument(new Argument('<suite>').choices(Object.keys(SUITES)))
  .option('--minutes <n>', 'begin rounds until these are over', wholeNumber)
  .option('--seed <s>', 'make the same choices as another run', wholeNumber)
  .option('--only <name>', 'play only scenarios with that in their names', '')
  .action(run)
  .parseAsync();
