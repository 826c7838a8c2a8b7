import type { Command } from 'commander';
import { retryParked } from '#outbox';
import type { Output } from '../output.js';
import { withDatabase } from '../with-database.js';
import { reportEvents } from './outbox-report.js';
import {
  addSelection,
  filterOf,
  oneOf,
  type SelectionOptions,
} from './outbox-selection.js';

interface RetryOptions extends SelectionOptions {
  readonly status?: 'PARKED' | 'FAILED';
  readonly dryRun?: boolean;
}

const EXAMPLES = `
A key is shown as the event that failed; those that wait behind it follow once it has got through.

Examples:
  $ postamt outbox retry                      everything that is parked or failed
  $ postamt outbox retry --topic incidents --status FAILED
  $ postamt outbox retry --dry-run            says what would be tried`;

/** `postamt outbox retry` */
export function addOutboxRetry(outbox: Command, output: Output): void {
  const retry = outbox
    .command('retry')
    .description(
      'have relays try parked and failed keys at once, as if for the first time',
    );
  addSelection(retry)
    .option(
      '--status <status>',
      'keys with this status: PARKED, FAILED',
      oneOf(['PARKED', 'FAILED']),
    )
    .option('--dry-run', 'say what would be done, and do nothing')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<RetryOptions>();
      const { status, limit, dryRun = false, json = false } = options;
      await withDatabase(options, async (db) => {
        const filter = { ...filterOf(options), ...(status && { status }) };
        const keys = await retryParked(db, filter, {
          dryRun,
          ...(limit && { limit }),
        });
        const words = dryRun ? 'would try' : 'now tried:';
        await reportEvents(keys, { words, thing: 'key', dryRun, json }, output);
      });
    });
}
