import type { Command } from 'commander';
import { createCdcSlot } from '#outbox';
import type { GlobalOptions } from '../global-options.js';
import type { Output } from '../output.js';
import { withDatabase } from '../with-database.js';

interface CreateOptions extends GlobalOptions {
  readonly failover?: boolean;
  readonly allowUnboundedWal?: boolean;
  readonly acceptLoss?: boolean;
}

const EXAMPLES = `
It waits for the transactions that are open. From then on the server keeps its WAL until a relay has read it, up to
max_slot_wal_keep_size: beyond it the slot is lost, and with it what was published.

Examples:
  $ postamt outbox cdc create app_outbox
  $ postamt outbox cdc create app_outbox --failover`;

/** `postamt outbox cdc create <slot>` */
export function addOutboxCdcCreate(cdc: Command, output: Output): void {
  cdc
    .command('create')
    .description('make the replication slot that a CDC relay reads from')
    .argument('<slot>', 'its name: a-z, 0-9 and _')
    .option('--failover', 'have standbys keep a copy of it (Postgres 17 on)')
    .option(
      '--allow-unbounded-wal',
      'also where max_slot_wal_keep_size is -1: the disk fills up while no relay runs',
    )
    .option(
      '--accept-loss',
      'although a slot of this name was lost, with what was published since',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (slot: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<CreateOptions>();
      await withDatabase(options, async (db) => {
        const outcome = await createCdcSlot(db, slot, options);
        await output.line(
          options.json
            ? JSON.stringify({ slot, created: outcome === 'created' })
            : outcome === 'created'
              ? `created slot ${slot}`
              : `slot ${slot} is there already`,
        );
      });
    });
}
