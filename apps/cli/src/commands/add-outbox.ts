import type { Command } from 'commander';
import type { Io } from '../io.js';
import type { Output } from '../output.js';
import { addOutboxCdc } from './add-outbox-cdc.js';
import { addOutboxDiscard } from './add-outbox-discard.js';
import { addOutboxList } from './add-outbox-list.js';
import { addOutboxRetry } from './add-outbox-retry.js';
import { addOutboxSkip } from './add-outbox-skip.js';
import { addOutboxStatus } from './add-outbox-status.js';

/** `postamt outbox …` */
export function addOutbox(program: Command, output: Output, io: Io): void {
  const outbox = program
    .command('outbox')
    .description(
      'look at events on their way into their topics, and decide about those that fail',
    );
  addOutboxStatus(outbox, output);
  addOutboxList(outbox, output);
  addOutboxRetry(outbox, output);
  addOutboxSkip(outbox, output, io);
  addOutboxDiscard(outbox, output, io);
  addOutboxCdc(outbox, output);
}
