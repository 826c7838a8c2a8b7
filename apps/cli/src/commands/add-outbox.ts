import type { Command } from 'commander';
import type { Output } from '../output.js';
import { addOutboxCdc } from './add-outbox-cdc.js';
import { addOutboxStatus } from './add-outbox-status.js';

/** `postamt outbox …` */
export function addOutbox(program: Command, output: Output): void {
  const outbox = program
    .command('outbox')
    .description('look at events on their way into their topics');
  addOutboxStatus(outbox, output);
  addOutboxCdc(outbox, output);
}
