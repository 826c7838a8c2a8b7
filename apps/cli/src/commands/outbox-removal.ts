import type { Command } from 'commander';
import type {
  DiscardFilter,
  DiscardOptions,
  OutboxFilter,
  WaitingEvent,
  WaitingStatus,
} from '#outbox';
import type { Database } from '#postgres';
import { confirm, isTerminal } from '../confirm.js';
import { count } from '../count.js';
import type { Io } from '../io.js';
import { KeptEvents } from '../kept-events.js';
import type { Output } from '../output.js';
import { withDatabase } from '../with-database.js';
import { reportEvents } from './outbox-report.js';
import {
  addSelection,
  filterOf,
  oneOf,
  type SelectionOptions,
} from './outbox-selection.js';

/** A command that discards events. */
export interface Removal<Status extends WaitingStatus> {
  readonly statuses: readonly Status[];
  /** What is done, as in "Discard 3 events". */
  readonly verb: string;
  readonly examples: string;
  remove(
    db: Database,
    filter: OutboxFilter & { readonly status?: Status },
    options: DiscardOptions,
  ): Promise<readonly WaitingEvent[]>;
}

interface RemovalOptions extends SelectionOptions {
  readonly status?: DiscardFilter['status'];
  readonly dryRun?: boolean;
  readonly output?: string;
  readonly yes?: boolean;
}

interface Terminal {
  readonly command: Command;
  readonly output: Output;
  readonly io: Io;
}

const BY = 'postamt-cli';

/** Gives `command` its options and its action. */
export function addRemoval<Status extends WaitingStatus>(
  command: Command,
  removal: Removal<Status>,
  { output, io }: Omit<Terminal, 'command'>,
): void {
  addSelection(command)
    .option(
      '--status <status>',
      `events with this status: ${removal.statuses.join(', ')}`,
      oneOf(removal.statuses),
    )
    .option('--dry-run', 'say what would be done, and do nothing')
    .option(
      '--output <file>',
      'write the events to a new file before they are discarded, a JSON object a line: values and headers in base64',
    )
    .option('--yes', 'do not ask')
    .addHelpText('after', removal.examples)
    .action(async (_options: object, ran: Command) => {
      const options = ran.optsWithGlobals<RemovalOptions>();
      if (!options.yes && !options.dryRun && !isTerminal(io))
        ran.error(
          `error: give --yes to ${removal.verb} events: there is no terminal to ask at`,
        );
      await withDatabase(options, (db) =>
        run(db, removal, options, { command: ran, output, io }),
      );
    });
}

async function run<Status extends WaitingStatus>(
  db: Database,
  removal: Removal<Status>,
  options: RemovalOptions,
  terminal: Terminal,
): Promise<void> {
  const { dryRun = false, json = false, yes = false, limit } = options;
  const { verb } = removal;
  const status = options.status as Status | undefined;
  const filter = { ...filterOf(options), ...(status && { status }) };
  const most = limit === undefined ? {} : { limit };
  if (!dryRun && !yes) {
    const meant = await removal.remove(db, filter, { dryRun: true, ...most });
    if (meant.length > 0) await ask(meant, verb, terminal);
  }
  const events = dryRun
    ? await removal.remove(db, filter, { dryRun, ...most })
    : await keeping(options.output, (keep) =>
        removal.remove(db, filter, { ...keep, ...most, by: BY }),
      );
  const words = dryRun ? `would ${verb}` : 'discarded';
  const how = { words, thing: 'event', dryRun, json };
  await reportEvents(events, how, terminal.output);
}

/** Runs `act` with a file to keep events in, where one was named. */
async function keeping<Result>(
  path: string | undefined,
  act: (keep: Pick<DiscardOptions, 'keep'>) => Promise<Result>,
): Promise<Result> {
  if (path === undefined) return act({});
  const file = await KeptEvents.create(path);
  try {
    return await act({ keep: (events) => file.keep(events) });
  } finally {
    await file.close();
  }
}

/** Ends the command where nobody agrees. */
async function ask(
  events: readonly WaitingEvent[],
  verb: string,
  { command, output, io }: Terminal,
): Promise<void> {
  const number = count(events.length, 'event');
  const how = { words: 'meant:', thing: 'event', dryRun: true, json: false };
  if (command.optsWithGlobals<RemovalOptions>().json !== true)
    await reportEvents(events, how, output);
  const title = verb.charAt(0).toUpperCase() + verb.slice(1);
  if (await confirm(io, `${title} ${number}, for good?`)) return;
  command.error('nothing was discarded');
}
