import type { Command } from 'commander';
import { discardOutbox, WAITING_STATUSES } from '#outbox';
import type { Io } from '../io.js';
import type { Output } from '../output.js';
import { addRemoval } from './outbox-removal.js';

const EXAMPLES = `
What is PENDING cannot be discarded: a relay may be moving it.

Examples:
  $ postamt outbox discard --id 0192… --output discarded.jsonl
  $ postamt outbox discard --topic reminders --status DELAYED --dry-run
  $ postamt outbox discard --topic-number 7 --yes      what a deleted topic left behind`;

/** `postamt outbox discard` */
export function addOutboxDiscard(
  outbox: Command,
  output: Output,
  io: Io,
): void {
  const discard = outbox
    .command('discard')
    .description(
      'discard events that are delayed, parked or failed: they are never published',
    );
  addRemoval(
    discard,
    {
      statuses: WAITING_STATUSES,
      verb: 'discard',
      examples: EXAMPLES,
      remove: discardOutbox,
    },
    { output, io },
  );
}
