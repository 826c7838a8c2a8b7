import type { Command } from 'commander';
import { skipParked } from '#outbox';
import type { Io } from '../io.js';
import type { Output } from '../output.js';
import { addRemoval } from './outbox-removal.js';

const EXAMPLES = `
An event that was not tried since it came to the head of its key is not skipped.

Examples:
  $ postamt outbox skip --key order-7 --output skipped.jsonl
  $ postamt outbox skip --topic incidents --status FAILED --dry-run`;

/** `postamt outbox skip` */
export function addOutboxSkip(outbox: Command, output: Output, io: Io): void {
  const skip = outbox
    .command('skip')
    .description(
      'discard, of each parked key, the event that failed, and have relays try the rest of the key at once',
    );
  addRemoval(
    skip,
    {
      statuses: ['PARKED', 'FAILED'],
      verb: 'skip',
      examples: EXAMPLES,
      remove: skipParked,
    },
    { output, io },
  );
}
