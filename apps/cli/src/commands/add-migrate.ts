import type { Command } from 'commander';
import { migrate, type MigrateResult } from '#postgres';
import type { GlobalOptions } from '../global-options.js';
import type { Output } from '../output.js';
import { installation } from '../with-database.js';

/** `postamt migrate` */
export function addMigrate(program: Command, output: Output): void {
  program
    .command('migrate')
    .description('bring the schema up to date; several at once do no harm')
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const result = await migrate(installation(options));
      await output.line(
        options.json ? JSON.stringify(result) : formatResult(result),
      );
    });
}

function formatResult({ schema, applied }: MigrateResult): string {
  return applied.length === 0
    ? `schema ${schema} is up to date`
    : `schema ${schema}: applied ${applied.join(', ')}`;
}
