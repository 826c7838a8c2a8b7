import { defineStatement } from '#postgres';
import type { EncodedEvent } from '../publish/encode-event.js';

/** A statement takes at most 65,535 parameters. */
export const MOST_EVENTS_A_STATEMENT = 5_000;

type Column = readonly [name: string, value: (event: EncodedEvent) => unknown];

const COLUMNS: readonly Column[] = [
  ['event_id', ({ id }) => id],
  ['shard', ({ shard }) => shard],
  ['topic_number', ({ topicNumber }) => topicNumber],
  ['timestamp', ({ timestamp }) => timestamp],
  ['key', ({ key }) => key],
  ['value', ({ value }) => value],
  ['headers', ({ headers }) => headers],
];
const TYPES = ['uuid', 'smallint', 'int', 'bigint', 'bytea', 'bytea', 'jsonb'];
/** Two parameters for one column: milliseconds since 1970, or from now. */
const DELAYED_PARAMETERS = COLUMNS.length + 2;
const NAMES = COLUMNS.map(([name]) => name).join(', ');

/**
 * The INSERT of `count` events, seven parameters each: event id, shard, topic number, timestamp, key, value, headers. As
 * VALUES and not as arrays: an array of Buffers would go as hex text. Ids rise in the order of the rows.
 */
export function insertEvents(schema: string, count: number): string {
  const rows = Array.from(
    { length: count },
    (_, row) => `(${parameters(row * COLUMNS.length)})`,
  );
  return `insert into ${schema}.outbox_events (${NAMES}) values ${rows.join(', ')}`;
}

/**
 * The same for events of which some are delayed, nine parameters each: behind the seven, deliver at (milliseconds since
 * 1970) and deliver after (milliseconds from now, by the database's clock); both null = at once.
 */
export function insertDelayedEvents(schema: string, count: number): string {
  const rows = Array.from({ length: count }, (_, row) => {
    const first = row * DELAYED_PARAMETERS;
    const [at, after] = [
      first + COLUMNS.length + 1,
      first + COLUMNS.length + 2,
    ];
    return `(${parameters(first)}, coalesce($${at}::bigint, ceil(extract(epoch from clock_timestamp()) * 1000)::bigint + $${after}::bigint))`;
  });
  return `insert into ${schema}.outbox_events (${NAMES}, deliver_at) values ${rows.join(', ')}`;
}

/** {@link insertEvents} of one event, to be sent by name: parsing and planning it is a third of what it costs. */
export const insertEvent = defineStatement<unknown[]>({
  name: 'insert_event',
  text: (schema) => insertEvents(schema, 1),
});

/** The parameters of {@link insertEvents}. */
export function insertEventsValues(events: readonly EncodedEvent[]): unknown[] {
  return events.flatMap(valuesOf);
}

/** The parameters of {@link insertDelayedEvents}. */
export function insertDelayedEventsValues(
  events: readonly EncodedEvent[],
): unknown[] {
  return events.flatMap((event) => [
    ...valuesOf(event),
    event.deliverAt,
    event.deliverAfterMs,
  ]);
}

function valuesOf(event: EncodedEvent): unknown[] {
  return COLUMNS.map(([, value]) => value(event));
}

function parameters(first: number): string {
  return TYPES.map((type, at) => `$${first + at + 1}::${type}`).join(', ');
}
