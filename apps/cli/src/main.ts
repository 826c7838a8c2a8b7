#!/usr/bin/env node
// The bin `postamt`: a place to play, migrations, topics, segments, replicas, records, groups, the outbox, benches.
import { runCli } from './run-cli.js';

/** The first Ctrl-C asks for an end; the second ends the process as it would without us. */
function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interrupted.abort());
  return interrupted.signal;
}

const { stdout, stderr } = process;
process.exitCode = await runCli(process.argv.slice(2), {
  stdin: () => process.stdin,
  stdout,
  stderr,
  interruption,
});
