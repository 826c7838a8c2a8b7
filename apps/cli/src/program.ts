import { createRequire } from 'node:module';
import { Command } from 'commander';
import { addBench } from './commands/add-bench.js';
import { addConsume } from './commands/add-consume.js';
import { addGroups } from './commands/add-groups.js';
import { addMigrate } from './commands/add-migrate.js';
import { addOutbox } from './commands/add-outbox.js';
import { addProduce } from './commands/add-produce.js';
import { addReplicas } from './commands/add-replicas.js';
import { addSegments } from './commands/add-segments.js';
import { addTopics } from './commands/add-topics.js';
import { addUp } from './commands/add-up.js';
import { addGlobalOptions } from './global-options.js';
import type { Io } from './io.js';
import type { Output } from './output.js';

const EXAMPLES = `
Examples:
  $ postamt up                    a Postgres and a relay to play with; then, in another terminal:
  $ export DATABASE_URL=postgres://user:password@localhost:5432/app
  $ postamt migrate
  $ postamt topics create incidents --partitions 6 --config retention.ms=86400000
  $ postamt topics describe incidents --all
  $ postamt topics alter incidents --set min.insync.replicas=2
  $ postamt produce incidents < incidents.ndjson
  $ postamt consume incidents --from earliest --limit 10
  $ postamt segments incidents --partitions
  $ postamt replicas
  $ postamt groups describe board
  $ postamt groups reset-offsets board --all-topics --by-duration 1h --dry-run
  $ postamt outbox status
  $ postamt outbox list --status FAILED
  $ postamt bench producer --topic perf --partitions 6 --records 1000000 --size 100
  $ postamt --json topics list

Errors go to stderr as "postamt: CODE: message", with --json as an object; the exit code is 1 then.`;

/** The commands of `postamt`. It throws, and never ends the process itself. */
export function buildProgram(output: Output, io: Io): Command {
  const program = new Command('postamt');
  // Commands that are added below inherit what stands here.
  program
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
    })
    .configureHelp({ showGlobalOptions: true })
    .description(
      "Kafka's model on the Postgres you already run: topics, records, groups, the outbox",
    )
    .version(ownVersion())
    .addHelpText('after', EXAMPLES);
  addGlobalOptions(program);
  addUp(program, output, io);
  addMigrate(program, output);
  addTopics(program, output, io);
  addSegments(program, output);
  addReplicas(program, output);
  addProduce(program, output, io);
  addConsume(program, output, io);
  addGroups(program, output, io);
  addOutbox(program, output, io);
  addBench(program, output, io);
  return program;
}

function ownVersion(): string {
  const require = createRequire(import.meta.url);
  return (require('postamt/package.json') as { version: string }).version;
}
