import {
  insertDelayedEvents,
  insertDelayedEventsValues,
  insertEvent,
  insertEvents,
  insertEventsValues,
  MOST_EVENTS_A_STATEMENT,
} from '../sql/insert-events.js';
import type { EncodedEvent } from './encode-event.js';
import type { OpenTarget, PgClient } from './publish-target.js';

export interface WriteOptions {
  readonly schema: string;
  /** Whether `pg` clients of the caller's may be sent statements by name. */
  readonly preparedStatements: boolean;
}

/** What `pg` takes beside a text, spelt out. */
interface NamedQueries {
  query(query: {
    readonly name: string;
    readonly text: string;
    readonly values: unknown[];
  }): Promise<unknown>;
}

/** The server cuts names there. */
const LONGEST_NAME = 63;

/** Inserts events in their order, as many as a statement takes at a time. */
export async function writeEvents(
  target: OpenTarget,
  events: readonly EncodedEvent[],
  options: WriteOptions,
): Promise<void> {
  for (let at = 0; at < events.length; at += MOST_EVENTS_A_STATEMENT)
    await writePage(
      target,
      events.slice(at, at + MOST_EVENTS_A_STATEMENT),
      options,
    );
}

async function writePage(
  target: OpenTarget,
  page: readonly EncodedEvent[],
  options: WriteOptions,
): Promise<void> {
  const { executor } = target;
  const { schema } = options;
  const { length } = page;
  if (page.some(isDelayed)) {
    const values = insertDelayedEventsValues(page);
    await executor.query(insertDelayedEvents(schema, length), values);
    return;
  }
  const values = insertEventsValues(page);
  if (length === 1 && (await writeByName(target, values, options))) return;
  await executor.query(insertEvents(schema, length), values);
}

/** False where the connection may not keep prepared statements. */
async function writeByName(
  { commit }: OpenTarget,
  values: unknown[],
  { schema, preparedStatements }: WriteOptions,
): Promise<boolean> {
  if (commit.kind === 'hook') {
    await commit.tx.run(insertEvent, values);
    return true;
  }
  const name = `${schema}.${insertEvent.name}`;
  if (commit.kind === 'none' || !preparedStatements) return false;
  if (name.length > LONGEST_NAME) return false;
  await named(commit.client).query({
    name,
    text: insertEvent.text(schema),
    values,
  });
  return true;
}

function named(client: PgClient): NamedQueries {
  return client as unknown as NamedQueries;
}

function isDelayed({ deliverAt, deliverAfterMs }: EncodedEvent): boolean {
  return deliverAt !== null || deliverAfterMs !== null;
}
