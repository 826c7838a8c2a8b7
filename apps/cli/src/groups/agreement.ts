import type { Command } from 'commander';
import { confirm, isTerminal } from '../confirm.js';
import type { GlobalOptions } from '../global-options.js';
import type { Io } from '../io.js';

/** How a command that changes a group is to be done. */
export interface ChangeOptions extends GlobalOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Declares {@link ChangeOptions}. */
export function addChangeOptions(command: Command): Command {
  return command
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--yes', 'do not ask');
}

/** Ends the command where somebody should be asked and nobody can be; `act` is what is done, as in "delete groups". */
export function requireAgreement(command: Command, io: Io, act: string): void {
  const { yes, dryRun } = command.optsWithGlobals<ChangeOptions>();
  if (yes || dryRun || isTerminal(io)) return;
  command.error(
    `error: give --yes to ${act}, or --dry-run: there is no terminal to ask at`,
  );
}

/** Ends the command where nobody agrees. */
export async function agree(
  command: Command,
  io: Io,
  question: string,
): Promise<void> {
  if (await confirm(io, question)) return;
  command.error('nothing was changed');
}
