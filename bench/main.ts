/**
 * Measures on a Postgres of its own, everything on one machine.
 *
 *     npm run bench -- log [--check] [--only <figure>] [--quick] [--rounds <n>] [--minutes <n>]
 *     npm run bench -- log --growth [--quick] [--gigabytes <n...>]
 *     npm run bench -- outbox [--check] [--only <figure>] [--quick] [--rounds <n>] [--minutes <n>]
 *     npm run bench -- groups [--check] [--only <figure>] [--quick] [--rounds <n>]
 */
import { Command } from 'commander';
import type { SuiteOptions } from './suite.ts';

interface LogOptions extends SuiteOptions {
  readonly gigabytes?: string[];
}

const program = new Command('bench').description(
  'Measures Postamt beside the limit and peers, on a Postgres of its own',
);

/** A suite's command, with the options that all suites have. */
function suite(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--check', 'exit 1 when a target is missed')
    .option('--only <figures...>', 'only these figures, by their names')
    .option(
      '--quick',
      'a tenth of the work: for a first look, not for a verdict',
      false,
    )
    .option('--rounds <n>', 'measurements of each side', Number, 5)
    .option(
      '--minutes <n>',
      'how long what takes minutes is watched; each such figure has a default of its own',
      Number,
    );
}

suite('log', 'the log engine: each figure beside its limit or its peer')
  .option('--growth', 'how it grows: topics, partitions, bytes kept, producers')
  .option(
    '--gigabytes <n...>',
    'how much is kept in the growth by bytes; 1 2 4 unless given',
  )
  .action(async (options: LogOptions) => {
    const { benchLog } = await import('./log/bench-log.ts');
    const { gigabytes = ['1', '2', '4'], ...others } = options;
    await benchLog({ ...others, gigabytes: gigabytes.map(Number) });
  });

suite('outbox', 'the outbox: publish, relay, listener').action(
  async (options: SuiteOptions) => {
    const { benchOutbox } = await import('./outbox/bench-outbox.ts');
    await benchOutbox(options);
  },
);

suite('groups', 'consumer groups: listeners, members, rebalancing').action(
  async (options: SuiteOptions) => {
    const { benchGroups } = await import('./groups/bench-groups.ts');
    await benchGroups(options);
  },
);

await program.parseAsync();
