/**
 * Measures on a Postgres of its own, everything on one machine.
 *
 *     npm run bench                          the way of one event, step by step
 *     npm run bench -- log [--check] [--only <figure>] [--quick] [--rounds <n>] [--minutes <n>]
 *     npm run bench -- log --growth [--quick] [--gigabytes <n...>]
 */
import { Command } from 'commander';

interface LogOptions {
  readonly only?: string[];
  readonly gigabytes?: string[];
}

const program = new Command('bench').description(
  'Measures Postamt beside the limit and peers, on a Postgres of its own',
);

program
  .command('way', { isDefault: true })
  .description('the way of one event: append, fetch, relay')
  .action(async () => {
    await import('./way.ts');
  });

program
  .command('log')
  .description('the log engine: each figure beside its limit or its peer')
  .option('--check', 'exit 1 when a target is missed')
  .option('--only <figures...>', 'only these figures, by their names')
  .option('--quick', 'a tenth of the work: for a first look, not for a verdict')
  .option('--growth', 'how it grows: topics, partitions, bytes kept, producers')
  .option(
    '--gigabytes <n...>',
    'how much is kept in the growth by bytes; 1 2 4 unless given',
  )
  .option('--minutes <n>', 'how long the dead tuples are watched', Number, 2)
  .option('--rounds <n>', 'measurements of each side', Number, 5)
  .action(async (options: LogOptions) => {
    const { benchLog } = await import('./log/bench-log.ts');
    const { gigabytes = ['1', '2', '4'], ...others } = options;
    await benchLog({ ...others, gigabytes: gigabytes.map(Number) });
  });

await program.parseAsync();
