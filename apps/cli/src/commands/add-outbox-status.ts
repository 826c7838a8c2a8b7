import type { Command } from 'commander';
import { type OutboxStatus, readOutboxStatus } from '#outbox';
import { formatAge } from '../age.js';
import type { GlobalOptions } from '../global-options.js';
import { topicOf } from '../outbox-event-line.js';
import type { Output } from '../output.js';
import { formatTable } from '../table.js';
import { withDatabase } from '../with-database.js';

/** `postamt outbox status` */
export function addOutboxStatus(outbox: Command, output: Output): void {
  outbox
    .command('status')
    .description(
      'count the events of the outbox by topic and status, and say how old the oldest is that waits',
    )
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await withDatabase(options, async (db) => {
        const status = await readOutboxStatus(db);
        await output.line(
          options.json ? JSON.stringify(status) : formatStatus(status),
        );
      });
    });
}

function formatStatus(status: OutboxStatus): string {
  const rows = status.topics.map((counts) => ({
    ...counts,
    name: topicOf(counts),
  }));
  return formatTable(
    [
      'topic',
      'pending',
      'delayed',
      'published',
      'parked',
      'failed',
      'discarded',
      'oldest pending',
    ],
    [...rows, { ...status, name: '(all)' }].map((row) => [
      row.name,
      row.pending,
      row.delayed,
      row.published,
      row.parked,
      row.failed,
      row.discarded,
      formatAge(row.oldestPendingMs),
    ]),
  );
}
