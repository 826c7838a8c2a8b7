import type { EncodedEvent } from '../publish/encode-event.js';

const COLUMNS = 7;
/** A statement takes at most 65,535 parameters. */
export const MOST_EVENTS_A_STATEMENT = 5_000;

/**
 * The INSERT of `count` events, seven parameters each: event id, shard, topic number, timestamp, key, value, headers. As
 * VALUES and not as arrays: an array of Buffers would go as hex text. Ids rise in the order of the rows.
 */
export function insertEvents(schema: string, count: number): string {
  const rows = Array.from({ length: count }, (_, row) => {
    const first = row * COLUMNS;
    const $ = (n: number) => `$${first + n}`;
    return `(${$(1)}::uuid, ${$(2)}::smallint, ${$(3)}::int, ${$(4)}::bigint, ${$(5)}::bytea, ${$(6)}::bytea, ${$(7)}::jsonb)`;
  });
  return `insert into ${schema}.outbox_events (event_id, shard, topic_number, timestamp, key, value, headers) values ${rows.join(', ')}`;
}

/** The parameters of {@link insertEvents}. */
export function insertEventsValues(events: readonly EncodedEvent[]): unknown[] {
  return events.flatMap((event) => [
    event.id,
    event.shard,
    event.topicNumber,
    event.timestamp,
    event.key,
    event.value,
    event.headers,
  ]);
}
