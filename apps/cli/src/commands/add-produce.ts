import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { type Command, Option } from 'commander';
import { Producer } from '#client';
import type { Database } from '#postgres';
import { topicFromRegistry } from '#schemas';
import type { GlobalOptions } from '../global-options.js';
import type { Io } from '../io.js';
import type { Output } from '../output.js';
import { LineProducer } from '../produce/line-producer.js';
import { numberedLines } from '../produce/numbered-lines.js';
import { ProduceSummary } from '../produce/produce-summary.js';
import { parsed } from '../produce/read-line.js';
import { readRecord } from '../produce/read-record.js';
import { withDatabase } from '../with-database.js';

interface ProduceOptions extends GlobalOptions {
  readonly file?: string;
  readonly key?: string;
  readonly value?: string;
}

const LINES = `
A line is a record in JSON: {"key":"k","value":{…},"headers":{"name":"text"},"partition":0,"timestamp":1767225600000}.
Only the value is needed; null is a tombstone. Bytes are {"base64":"…"}, as consume prints them. Values are checked
against the latest version of the subject <topic>-value, up to 500 lines at a time: where one is bad, none of those that
go with it is written; what was written before stays.

Examples:
  $ postamt produce incidents --key INC-1 --value '{"status":"Accepted"}'
  $ postamt produce incidents < incidents.ndjson
  $ postamt produce incidents --file incidents.ndjson --json`;

/** `postamt produce <topic>` */
export function addProduce(program: Command, output: Output, io: Io): void {
  program
    .command('produce')
    .description('write records to a topic, from lines of JSON on stdin')
    .argument('<topic>', 'its name; it has a value schema')
    .addOption(
      new Option('--file <path>', 'read lines from this file').conflicts([
        'key',
        'value',
      ]),
    )
    .option('--value <json>', 'write one record, with this value')
    .option('--key <text>', "that record's key")
    .addHelpText('after', LINES)
    .action(async (topic: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<ProduceOptions>();
      if (options.key !== undefined && options.value === undefined)
        command.error("error: option '--key <text>' needs --value");
      await withDatabase(options, async (db) => {
        const summary = await produce({ db, topic, options, io });
        await output.line(options.json ? summary.json : summary.text);
      });
    });
}

async function produce(run: {
  db: Database;
  topic: string;
  options: ProduceOptions;
  io: Io;
}): Promise<ProduceSummary> {
  const { db, options, io } = run;
  const topic = await topicFromRegistry(db, run.topic);
  const producer = await Producer.open(db, [topic]);
  if (options.value !== undefined) {
    const { key = null, value } = options;
    const record = readRecord(topic, { key, value: parsed(value) });
    const summary = new ProduceSummary(topic.name);
    summary.add(await producer.send(topic, record));
    return summary;
  }
  const input = options.file ? createReadStream(options.file) : io.stdin();
  return produceLines(new LineProducer(producer, topic), input, io);
}

/** At Ctrl-C it writes what was read, and ends as at the end of the input. */
async function produceLines(
  producer: LineProducer,
  input: Readable,
  io: Io,
): Promise<ProduceSummary> {
  for await (const line of numberedLines(input, io.interruption()))
    await producer.take(line);
  await producer.flush();
  return producer.summary;
}
