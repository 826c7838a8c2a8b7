import type { Command } from 'commander';
import { Consumer } from '#client';
import { describeTopic } from '#log';
import type { Database } from '#postgres';
import { readAll } from '../bench/consumer-bench.js';
import { ProgressLines } from '../bench/progress-lines.js';
import type { GlobalOptions } from '../global-options.js';
import type { Io } from '../io.js';
import type { Output } from '../output.js';
import { readPosition } from '../records/read-position.js';
import { readingsOf, type StartPosition } from '../records/start-offset.js';
import { wholeNumber } from '../whole-number.js';
import { withDatabase } from '../with-database.js';

interface BenchConsumerOptions extends GlobalOptions {
  readonly topic: string;
  readonly records?: number;
  readonly from: StartPosition;
  readonly timeout: number;
  readonly maxPollRecords: number;
  readonly reportingInterval: number;
}

const NOTES = `
Records are read and decoded, as bytes, by a consumer without a group, in one process; nothing is committed. It ends
where the log ended when it began; with --records after so many, or when none has come for --timeout. MB are of 1,048,576
bytes of keys and values. With --json each line is an object; the last one has "final": true.

Examples:
  $ postamt bench consumer --topic perf
  $ postamt bench consumer --topic perf --from latest --records 100000   while bench producer writes them`;

/** `postamt bench consumer` */
export function addBenchConsumer(bench: Command, output: Output, io: Io): void {
  bench
    .command('consumer')
    .description('read records, and show the rate')
    .requiredOption('--topic <name>', 'the topic')
    .option('--records <count>', 'how many', wholeNumber(1))
    .option(
      '--from <position>',
      'where to begin: earliest, latest or an offset',
      readPosition,
      'earliest',
    )
    .option(
      '--timeout <ms>',
      'end when nothing has come for so long',
      wholeNumber(1),
      10_000,
    )
    .option(
      '--max-poll-records <count>',
      'the most records of one poll',
      wholeNumber(1),
      500,
    )
    .option(
      '--reporting-interval <ms>',
      'the time between two lines',
      wholeNumber(1),
      5_000,
    )
    .addHelpText('after', NOTES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<BenchConsumerOptions>();
      await withDatabase(options, (db) =>
        runBench({ db, options, output, io }),
      );
    });
}

async function runBench(run: {
  db: Database;
  options: BenchConsumerOptions;
  output: Output;
  io: Io;
}): Promise<void> {
  const { db, options, output, io } = run;
  const { topic, records, timeout, maxPollRecords } = options;
  const { reportingInterval: intervalMs, json = false } = options;
  const readings = readingsOf(await describeTopic(db, topic), options.from);
  const load = { topic, readings, timeoutMs: timeout };
  const wanted = { ...load, ...(records !== undefined && { records }) };
  const consumer = new Consumer<Buffer, Buffer>(db, {
    maxPollRecords,
    autoOffsetReset: 'none',
  });
  const lines = new ProgressLines(output, {
    verb: 'read',
    latencies: false,
    intervalMs,
    json,
  });
  const stop = AbortSignal.any([io.interruption(), output.closed]);
  const { progress } = lines;
  try {
    const enough = await readAll(consumer, wanted, { progress, stop });
    if (!enough)
      io.stderr.write(
        `postamt: warning: nothing came for ${timeout} ms, and not all is read\n`,
      );
  } finally {
    await lines.end();
    await consumer.close();
  }
}
