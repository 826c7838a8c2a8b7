import type { Command } from 'commander';
import type { Output } from '../output.js';
import { addOutboxCdcCreate } from './add-outbox-cdc-create.js';
import { addOutboxCdcDrop } from './add-outbox-cdc-drop.js';
import { addOutboxCdcStatus } from './add-outbox-cdc-status.js';

/** `postamt outbox cdc …` */
export function addOutboxCdc(outbox: Command, output: Output): void {
  const cdc = outbox
    .command('cdc')
    .description('events that are published to the WAL: the replication slot');
  addOutboxCdcCreate(cdc, output);
  addOutboxCdcDrop(cdc, output);
  addOutboxCdcStatus(cdc, output);
}
