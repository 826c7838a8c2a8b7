import type { Command } from 'commander';
import {
  listOutbox,
  OUTBOX_STATUSES,
  type ListedEvent,
  type OutboxEventStatus,
} from '#outbox';
import type { Database } from '#postgres';
import { EVENT_HEAD, eventJson, eventRow } from '../outbox-event-line.js';
import type { Output } from '../output.js';
import { formatTable } from '../table.js';
import { withDatabase } from '../with-database.js';
import {
  addSelection,
  filterOf,
  oneOf,
  type SelectionOptions,
} from './outbox-selection.js';

interface ListOptions extends SelectionOptions {
  readonly status?: OutboxEventStatus;
}

const LIMIT = 100;
const PAGE = 1_000;

const EXAMPLES = `
In the order in which they were written. With --json each is an object, a line each.

Examples:
  $ postamt outbox list --status FAILED            what somebody has to look at
  $ postamt outbox list --topic incidents --key order-7
  $ postamt outbox list --id 0192…                 one event: where it is, or why it is not`;

/** `postamt outbox list` */
export function addOutboxList(outbox: Command, output: Output): void {
  const list = outbox
    .command('list')
    .description(
      `list events of the outbox; ${LIMIT} of them, where --limit says nothing else`,
    );
  addSelection(list)
    .option(
      '--status <status>',
      `events with this status: ${OUTBOX_STATUSES.join(', ')}`,
      oneOf(OUTBOX_STATUSES),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<ListOptions>();
      await withDatabase(options, (db) => printList(db, options, output));
    });
}

async function printList(
  db: Database,
  options: ListOptions,
  output: Output,
): Promise<void> {
  const events = await readAll(db, options);
  if (options.json) {
    for (const event of events)
      await output.line(JSON.stringify(listedJson(event)));
    return;
  }
  if (events.length === 0) return output.line('no events');
  const rows = events.map((event) => [...eventRow(event), placeOf(event)]);
  await output.line(formatTable([...EVENT_HEAD, 'where or when'], rows));
}

async function readAll(
  db: Database,
  options: ListOptions,
): Promise<readonly ListedEvent[]> {
  const { status, limit: most = LIMIT } = options;
  const filter = { ...filterOf(options), ...(status && { status }) };
  const events: ListedEvent[] = [];
  for (;;) {
    const limit = Math.min(PAGE, most - events.length);
    const after = events.at(-1)?.id ?? 0n;
    const page = await listOutbox(db, { ...filter, limit, after });
    events.push(...page);
    if (page.length < limit || events.length === most) return events;
  }
}

/** Where an event is, or when it or its key is tried. */
function placeOf(event: ListedEvent): string {
  const { partition, offset, nextAttemptAt, dueAt, status } = event;
  if (partition !== null) return `partition ${partition}, offset ${offset}`;
  if (nextAttemptAt !== null)
    return `next attempt ${new Date(nextAttemptAt).toISOString()}`;
  if (status === 'DELAYED' && dueAt !== null)
    return new Date(dueAt).toISOString();
  return '-';
}

function listedJson(event: ListedEvent): object {
  const { offset, nextAttemptAt } = event;
  return {
    ...eventJson(event),
    offset: offset === null ? null : String(offset),
    nextAttemptAt:
      nextAttemptAt === null ? null : new Date(nextAttemptAt).toISOString(),
  };
}
