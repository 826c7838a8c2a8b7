import { Command, InvalidArgumentError, Option } from 'commander';

/** What the demo is asked for. */
export interface DemoOptions {
  /** CSV or CSV.gz; undefined: made up. */
  readonly input: string | undefined;
  readonly incidents: number;
  readonly seed: number;
  readonly strict: boolean;
  readonly killRelay: boolean;
  readonly resume: boolean;
  readonly json: boolean;
  /** A folder for the embedded server to keep its data in. */
  readonly data: string | undefined;
  /** A Postgres that runs already; undefined: the embedded one. */
  readonly databaseUrl: string | undefined;
}

const SEED = 20_261_121;

/**
 * Reads the command line.
 *
 * @throws CommanderError, after it has said on stderr what is wrong, or on stdout what `--help` asks for
 */
export function readOptions(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): DemoOptions {
  const command = demoCommand().parse([...args], { from: 'user' });
  const { databaseUrl, ...given } = command.opts<Partial<DemoOptions>>();
  const options = {
    input: undefined,
    data: undefined,
    databaseUrl: databaseUrl || env.DATABASE_URL || undefined,
    ...given,
  } as DemoOptions;
  const wrong = contradiction(options);
  if (wrong) command.error(`error: ${wrong}`);
  return options;
}

function contradiction(options: DemoOptions): string | undefined {
  const { resume, data, databaseUrl } = options;
  if (data && databaseUrl)
    return '--data is for the embedded server, and DATABASE_URL names another one: give one of them';
  if (resume && !data && !databaseUrl)
    return '--resume needs what the run before left: give --data DIR, or DATABASE_URL, there and here';
  return undefined;
}

function demoCommand(): Command {
  return new Command('demo')
    .description(
      'A service desk on Postamt: business transactions, relay, projection, rebuild; every figure is checked.',
    )
    .option('--input <file>', 'incident log, CSV or CSV.gz; made up by default')
    .addOption(number('--incidents <n>', 'how many to make up', 5_000))
    .addOption(number('--seed <n>', 'what to make them up from', SEED))
    .option('--strict', 'stop at the first bad row', false)
    .option('--kill-relay', 'run two relays and kill -9 one in a move', false)
    .option('--resume', 'go on where the run before was stopped', false)
    .option('--json', 'print one object on stdout', false)
    .option('--data <dir>', 'keep the data of the embedded server')
    .option('--database-url <url>', 'a Postgres that runs (DATABASE_URL)')
    .exitOverride();
}

function number(flags: string, words: string, byDefault: number): Option {
  return new Option(flags, words).default(byDefault).argParser((text) => {
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
    throw new InvalidArgumentError('give a whole number from 1 to 999999999');
  });
}
