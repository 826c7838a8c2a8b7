import type { Command } from 'commander';
import { dropCdcSlot, readCdcStatus } from '#outbox';
import type { GlobalOptions } from '../global-options.js';
import type { Output } from '../output.js';
import { withDatabase } from '../with-database.js';

interface DropOptions extends GlobalOptions {
  readonly yes?: boolean;
}

/** `postamt outbox cdc drop <slot>` */
export function addOutboxCdcDrop(cdc: Command, output: Output): void {
  cdc
    .command('drop')
    .description(
      'drop a replication slot: what was published to it and not moved is lost',
    )
    .argument('<slot>', 'its name')
    .option('--yes', 'needed: it cannot be undone')
    .action(async (slot: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<DropOptions>();
      if (!options.yes)
        command.error(
          `error: give --yes to drop slot ${slot}, with what was published to it and not moved`,
        );
      await withDatabase(options, async (db) => {
        const dropped = (await readCdcStatus(db, slot)).slot !== undefined;
        await dropCdcSlot(db, slot);
        await output.line(
          options.json
            ? JSON.stringify({ slot, dropped })
            : dropped
              ? `dropped slot ${slot}`
              : `there is no slot ${slot}`,
        );
      });
    });
}
