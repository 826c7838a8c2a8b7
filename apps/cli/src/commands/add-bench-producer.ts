import { type Command, Option } from 'commander';
import { Producer, type ProducerOptions } from '#client';
import type { Database } from '#postgres';
import { COMPRESSIONS } from '#records';
import { openBenchTopic } from '../bench/open-bench-topic.js';
import { Payloads } from '../bench/payloads.js';
import { ProducerBench } from '../bench/producer-bench.js';
import { ProgressLines } from '../bench/progress-lines.js';
import { count } from '../count.js';
import type { GlobalOptions } from '../global-options.js';
import type { Io } from '../io.js';
import type { Output } from '../output.js';
import { wholeNumber } from '../whole-number.js';
import { withDatabase } from '../with-database.js';

interface BenchProducerOptions extends GlobalOptions {
  readonly topic: string;
  readonly records: number;
  readonly size: number;
  readonly keySize: number;
  readonly partitions?: number;
  readonly rate?: number;
  readonly perSend: number;
  readonly inFlight?: number;
  readonly acks?: 'all' | '1' | '0';
  readonly batchSize?: number;
  readonly lingerMs?: number;
  readonly compression?: ProducerOptions['compressionType'];
  readonly reportingInterval: number;
}

const MOST_IN_FLIGHT = 10_000;
/** Half of the producer's memory: what finds no room there is not what is measured. */
const MOST_BYTES_IN_FLIGHT = 16 * 1_048_576;
const RECORD_BYTES = 30;
const CLOSE_DEADLINE_MS = 30_000;

const NOTES = `
Values are random capital letters, keys the numbers from 0 to 9,999 as digits. A latency is that of a record from the
call of send to its answer, the wait in the producer with it; --in-flight 1 shows that of a record alone. MB are of
1,048,576 bytes of keys and values, as in kafka-producer-perf-test. Ctrl-C ends it with what is sent. With --json each
line is an object; the last one has "final": true. The records stay in the topic.

Examples:
  $ postamt bench producer --topic perf --partitions 6 --records 1000000 --size 100 --key-size 10
  $ postamt bench producer --topic perf --records 100000 --size 1000 --rate 5000 --acks 1
  $ postamt bench producer --topic perf --records 1000 --size 100 --in-flight 1`;

/** `postamt bench producer` */
export function addBenchProducer(bench: Command, output: Output, io: Io): void {
  const producer = bench
    .command('producer')
    .description('write records, and show rate and latencies');
  addLoadOptions(producer);
  addProducerOptions(producer);
  producer
    .addHelpText('after', NOTES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<BenchProducerOptions>();
      await withDatabase(options, (db) =>
        runBench({ db, options, output, io }),
      );
    });
}

function addLoadOptions(producer: Command): void {
  producer
    .requiredOption('--topic <name>', 'the topic; one without a schema')
    .requiredOption('--records <count>', 'how many', wholeNumber(1))
    .requiredOption('--size <bytes>', 'how large a value is', wholeNumber(0))
    .option(
      '--key-size <bytes>',
      'how large a key is; 0 = no keys',
      wholeNumber(0),
      0,
    )
    .option(
      '--partitions <count>',
      'create the topic with so many where it does not exist',
      wholeNumber(1),
    )
    .option(
      '--rate <count>',
      'records a second; as many as can be where it is left out',
      wholeNumber(1),
    )
    .option(
      '--per-send <count>',
      'records in one call of send',
      wholeNumber(1),
      1,
    )
    .option(
      '--in-flight <count>',
      `how many records may wait for their answer; ${MOST_IN_FLIGHT} or 16 MiB unless given`,
      wholeNumber(1),
    )
    .option(
      '--reporting-interval <ms>',
      'the time between two lines',
      wholeNumber(1),
      5_000,
    );
}

/** What is left out is as the producer has it. */
function addProducerOptions(producer: Command): void {
  producer
    .addOption(
      new Option('--acks <acks>', 'what a send waits for').choices([
        'all',
        '1',
        '0',
      ]),
    )
    .option(
      '--batch-size <bytes>',
      'the most bytes of a batch, before compression',
      wholeNumber(0),
    )
    .option(
      '--linger-ms <ms>',
      'how long a batch waits for more',
      wholeNumber(0),
    )
    .addOption(
      new Option('--compression <type>', 'of batches').choices(COMPRESSIONS),
    );
}

async function runBench(run: {
  db: Database;
  options: BenchProducerOptions;
  output: Output;
  io: Io;
}): Promise<void> {
  const { db, options, output, io } = run;
  const { reportingInterval: intervalMs, json = false } = options;
  const topic = await openBenchTopic(db, options.topic, options.partitions);
  const producer = await Producer.open(db, [topic], producerOptions(options));
  const payloads = new Payloads(options);
  const lines = new ProgressLines(output, {
    verb: 'sent',
    latencies: true,
    intervalMs,
    json,
  });
  const load = { ...options, inFlight: inFlightOf(options) };
  const stop = AbortSignal.any([io.interruption(), output.closed]);
  const parts = { producer, topic, payloads, load, stop };
  let deadlineMs = 0;
  try {
    await new ProducerBench({ ...parts, progress: lines.progress }).run();
    deadlineMs = CLOSE_DEADLINE_MS;
  } finally {
    await lines.end();
    // After a failure what is not written is let go.
    await producer.close(deadlineMs);
  }
  const { errors } = producer.metrics;
  if (errors > 0)
    io.stderr.write(
      `postamt: warning: ${count(errors, 'record')} failed, or may have\n`,
    );
}

function producerOptions(options: BenchProducerOptions): ProducerOptions {
  const { acks, batchSize, lingerMs, compression } = options;
  return {
    ...(acks && { acks: acks === 'all' ? acks : acks === '1' ? 1 : 0 }),
    ...(batchSize !== undefined && { batchSize }),
    ...(lingerMs !== undefined && { lingerMs }),
    ...(compression && { compressionType: compression }),
  };
}

function inFlightOf({ inFlight, size, keySize }: BenchProducerOptions): number {
  if (inFlight !== undefined) return inFlight;
  const fitting = MOST_BYTES_IN_FLIGHT / (size + keySize + RECORD_BYTES);
  return Math.max(1, Math.min(MOST_IN_FLIGHT, Math.floor(fitting)));
}
