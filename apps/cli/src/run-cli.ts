import { CommanderError } from 'commander';
import { formatFailure } from './failure.js';
import type { Io } from './io.js';
import { Output } from './output.js';
import { buildProgram } from './program.js';

/** Runs one command, given without the names of node and script, and resolves to the exit code. */
export async function runCli(args: readonly string[], io: Io): Promise<0 | 1> {
  const output = new Output(io.stdout);
  const program = buildProgram(output, io);
  try {
    await program.parseAsync(args, { from: 'user' });
    output.assertWritten();
    return 0;
  } catch (error) {
    // Help and mistakes in usage: commander has said all there is to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    const { json } = program.opts<{ json?: boolean }>();
    io.stderr.write(`${formatFailure(error, json)}\n`);
    return 1;
  }
}
