import type { Command } from 'commander';
import type { GlobalOptions } from '../global-options.js';
import type { Output } from '../output.js';
import { formatReplicas, replicasJson } from '../replicas/format-replicas.js';
import { readReplicas } from '../replicas/replica-report.js';
import { withDatabase } from '../with-database.js';

const NOTES = `
Replicas are this server and the standbys that stream from it; that is what acks=all and min.insync.replicas count. A
standby is in sync that flushes, within 2 s, what this server had flushed when it was asked. One that is behind is waited
for by an append with acks=all for 30 s; then the append goes on without it where enough are left, and fails with
NOT_ENOUGH_REPLICAS_AFTER_APPEND where not. Where too few stream at all, it is refused at once: NOT_ENOUGH_REPLICAS.

Examples:
  $ postamt replicas
  $ postamt replicas --json | jq .inSync`;

/** `postamt replicas` */
export function addReplicas(program: Command, output: Output): void {
  program
    .command('replicas')
    .description('show the standbys, and which topics have too few of them')
    .addHelpText('after', NOTES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await withDatabase(options, async (db) => {
        const report = await readReplicas(db);
        await output.line(
          options.json ? replicasJson(report) : formatReplicas(report),
        );
      });
    });
}
