import { type Command, Option } from 'commander';
import { DEFAULT_SCHEMA } from '#postgres';

/** What every command takes, before its name or behind it. */
export interface GlobalOptions {
  readonly databaseUrl?: string;
  readonly schema: string;
  readonly json?: boolean;
}

/** Declares {@link GlobalOptions} on the program. */
export function addGlobalOptions(program: Command): void {
  program
    .addOption(
      new Option(
        '--database-url <url>',
        'the database, as postgres://user:password@host:port/database',
      ).env('DATABASE_URL'),
    )
    .addOption(
      new Option('--schema <name>', "the schema of Postamt's tables")
        .env('POSTAMT_SCHEMA')
        .default(DEFAULT_SCHEMA),
    )
    .option('--json', 'write JSON, for programs to read');
}
