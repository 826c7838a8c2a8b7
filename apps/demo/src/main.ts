// The demo: a service desk on Postamt. `npm run demo -- --help` says what it can be asked for.
import 'reflect-metadata';
import { CommanderError } from 'commander';
import { BarProgress } from './progress/bar-progress.js';
import { LineProgress } from './progress/line-progress.js';
import { RELAY_COMMAND } from './relays/relay-settings.js';
import { runRelay } from './relays/run-relay.js';
import { formatReport } from './report/format-report.js';
import { Demo } from './run/demo.js';
import { readOptions } from './run/demo-options.js';
import { Interrupted } from './run/interrupted.js';
import { interruption } from './run/interruption.js';

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, process.env);
  const progress = process.stderr.isTTY
    ? new BarProgress()
    : new LineProgress();
  process.once('exit', () => progress.end());
  const stopping = interruption();
  const demo = new Demo(options, progress, stopping);
  try {
    const report = await demo.run();
    progress.end();
    const text = options.json ? JSON.stringify(report) : formatReport(report);
    process.stdout.write(`${text}\n`);
    return report.checks.every(({ holds }) => holds) ? 0 : 1;
  } catch (error) {
    progress.end();
    // What an abort makes fail has names of its own; what counts is why it was aborted.
    const code = fail(stopping.aborted ? stopping.reason : error, demo.kept);
    // An application that failed while it started may have left something open, which would keep this process.
    return process.exit(code);
  }
}

function fail(error: unknown, kept: string | undefined): number {
  process.stderr.write(`demo: ${words(error)}\n`);
  if (!(error instanceof Interrupted)) return 1;
  if (kept) process.stderr.write(`demo: to go on: --resume, with ${kept}\n`);
  return error.exitCode;
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const [command, ...rest] = process.argv.slice(2);
try {
  if (command === RELAY_COMMAND) await runRelay();
  else
    process.exitCode = await main(
      command === undefined ? [] : [command, ...rest],
    );
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode;
}
