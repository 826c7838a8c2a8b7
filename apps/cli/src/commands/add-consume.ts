import { type Command, Option } from 'commander';
import { describeTopic } from '#log';
import type { Database } from '#postgres';
import { SchemaCache, WriterDecoder } from '#schemas';
import type { GlobalOptions } from '../global-options.js';
import type { Io } from '../io.js';
import type { Output } from '../output.js';
import { readAsMember } from '../records/group-reader.js';
import { readPosition } from '../records/read-position.js';
import { recordLine } from '../records/record-line.js';
import { showRecord } from '../records/shown-record.js';
import { readingsOf, type StartPosition } from '../records/start-offset.js';
import { type ReadRecord, TopicReader } from '../records/topic-reader.js';
import { wholeNumber } from '../whole-number.js';
import { withDatabase } from '../with-database.js';

interface ConsumeOptions extends GlobalOptions {
  readonly partition?: number;
  readonly from: StartPosition;
  readonly limit?: number;
  readonly follow?: boolean;
  readonly group?: string;
}

interface Run {
  readonly db: Database;
  readonly topic: string;
  readonly options: ConsumeOptions;
  readonly output: Output;
  readonly stop: AbortSignal;
}

const LINES = `
A record is a line, with tabs between: partition, offset, time, key, headers, value. With --json it is an object, and
offsets are strings. A value that is no Avro of this installation is shown as text or base64, with a note. Nothing is
committed and no consumer group hears of it, unless --group names one: then this is one of its members until Ctrl-C,
beginning where the group has stopped, or at --from (earliest or latest) where it has not begun.

Examples:
  $ postamt consume incidents                                all records of all partitions
  $ postamt consume incidents --partition 2 --from 1500 --limit 10
  $ postamt consume incidents --from latest --follow         what comes from now on, until Ctrl-C
  $ postamt consume incidents --group audit              as a member, until Ctrl-C; what was printed is committed
  $ postamt consume incidents --json | jq .value.status`;

/** `postamt consume <topic>` */
export function addConsume(program: Command, output: Output, io: Io): void {
  program
    .command('consume')
    .description('print the records of a topic, with their Avro values decoded')
    .argument('<topic>', 'its name')
    .option(
      '--partition <index>',
      'read this partition only, counted from 0',
      wholeNumber(0),
    )
    .option(
      '--from <position>',
      'where to begin: earliest, latest or an offset; a partition that does not have the offset is read from the nearest one, unless --partition names it',
      readPosition,
      'earliest',
    )
    .option('--limit <count>', 'stop after so many records', wholeNumber(1))
    .option('--follow', 'wait for more at the end, until Ctrl-C')
    .addOption(
      new Option(
        '--group <name>',
        'read as a member of this group, with its other members, and commit',
      ).conflicts('partition'),
    )
    .addHelpText('after', LINES)
    .action(async (topic: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<ConsumeOptions>();
      const stop = AbortSignal.any([io.interruption(), output.closed]);
      await withDatabase(options, (db) =>
        printRecords({ db, topic, options, output, stop }),
      );
    });
}

async function printRecords(run: Run): Promise<void> {
  const { db, options, output, stop } = run;
  const decoder = new WriterDecoder(new SchemaCache(db));
  let left = options.limit ?? Infinity;
  for await (const record of await recordsOf(run)) {
    if (stop.aborted) return;
    const shown = await showRecord(record, decoder);
    await output.line(options.json ? JSON.stringify(shown) : recordLine(shown));
    left -= 1;
    if (left === 0) return;
  }
}

async function recordsOf(run: Run): Promise<AsyncIterable<ReadRecord>> {
  const { db, topic, options, stop } = run;
  const { from, partition, follow, group } = options;
  if (group !== undefined)
    return readAsMember(db, { topic, group, from, stop });
  const described = await describeTopic(db, topic);
  const reader = new TopicReader(
    db,
    topic,
    readingsOf(described, from, partition),
  );
  return follow ? reader.follow(stop) : reader.untilEnd();
}
