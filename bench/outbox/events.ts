import type { ClientBase } from 'pg';
import { Outbox, shardOf } from '#outbox';
import { Database } from '#postgres';
import { defineTopic } from '#schemas';

/** What is published in all figures: 150 bytes of text under one of 10,000 keys, into six partitions. */
export const EVENTS = defineTopic('events', {
  partitions: 6,
  value: {
    type: 'record',
    name: 'Event',
    fields: [
      { name: 'number', type: 'int' },
      { name: 'text', type: 'string' },
    ],
  },
});

const KEYS = 10_000;
const TEXT = 'x'.repeat(145);
/** Published by the outbox; the others of a backlog are copies of them. */
const TEMPLATES = 10_000;
/** Events of one transaction of a backlog: each transaction has an id of its own, as in an application. */
const EVENTS_A_TRANSACTION = 10;

/** The event number `n`. */
export function eventOf(n: number) {
  return { key: `key-${n % KEYS}`, value: { number: n, text: TEXT } };
}

/** `count` events from number `first` on. */
export function eventsFrom(first: number, count: number) {
  return Array.from({ length: count }, (_, n) => eventOf(first + n));
}

/** One event of each shard: published together, they wake the relay for all of them. */
export function eventOfEachShard() {
  const found = new Map<number, ReturnType<typeof eventOf>>();
  for (let n = 0; n < KEYS; n += 1) {
    const event = eventOf(n);
    const shard = shardOf(Buffer.from(event.key), '');
    if (!found.has(shard)) found.set(shard, event);
  }
  return [...found.values()];
}

/** Runs `body` with an outbox, and a database object that is closed behind it. */
export async function withOutbox<Result>(
  connectionString: string,
  body: (outbox: Outbox, db: Database) => Promise<Result>,
): Promise<Result> {
  const db = new Database({ connection: connectionString });
  try {
    return await body(await Outbox.open(db, [EVENTS]), db);
  } finally {
    await db.close();
  }
}

/** Publishes what {@link copyEvents} copies, and keeps it in a table of its own. */
export async function prepareCopies(
  client: ClientBase,
  outbox: Outbox,
  schema: string,
): Promise<void> {
  await client.query('begin');
  await outbox.publish(client, EVENTS, eventsFrom(0, TEMPLATES));
  await client.query(
    `create table template as
    select (row_number() over (order by id))::int as n, shard, topic_number, timestamp, key, value, headers
    from ${schema}.outbox_events`,
  );
  // They are a part of the backlog: rolled back, they would be dead tuples in it.
  await client.query('commit');
  await client.query('create unique index on template (n)');
  await client.query('vacuum (analyze) template');
}

/** How many events {@link prepareCopies} publishes. */
export const PREPARED = TEMPLATES;

/** A procedure on the server: in Node alone, five million events would take minutes to publish. */
export async function defineCopying(
  client: ClientBase,
  schema: string,
): Promise<void> {
  await client.query(`
    create procedure copy_events(wanted int) language plpgsql as $$
    declare
      done int := 0;
      place int;
    begin
      while done < wanted loop
        place := done % ${TEMPLATES};
        insert into ${schema}.outbox_events (event_id, shard, topic_number, timestamp, key, value, headers)
        select gen_random_uuid(), shard, topic_number, timestamp, key, value, headers
        from template
        where n > place and n <= place + ${EVENTS_A_TRANSACTION}
        order by n;
        commit;
        done := done + ${EVENTS_A_TRANSACTION};
      end loop;
    end $$`);
}

/** Writes `count` events, ten a transaction, the same rows as by `publish` but for their ids. */
export async function copyEvents(
  client: ClientBase,
  count: number,
): Promise<void> {
  // What is measured comes later, behind a CHECKPOINT: nothing waits for each of these transactions to be flushed.
  await client.query('set synchronous_commit = off');
  await client.query(`call copy_events(${count})`);
  await client.query('reset synchronous_commit');
}
