import { randomUUID } from 'node:crypto';
import { Kysely, PostgresDialect, type Generated } from 'kysely';
import { Pool, type Client } from 'pg';
import type { Outbox } from '#outbox';
import type { Bench } from '../bench.ts';
import { compared, microseconds, type Figure, type Target } from '../figure.ts';
import { latenciesInTurn, type Calls } from '../in-turn.ts';
import { businessTransaction, makeBusinessTable } from './business.ts';
import { eventOf, EVENTS, withOutbox } from './events.ts';

const TRANSACTIONS = 1_000;

/** What an application would write into a table of its own: the bytes that `publish` writes, encoded beforehand. */
interface PlainEvent {
  readonly topic_number: number;
  readonly timestamp: string;
  readonly key: Buffer;
  readonly value: Buffer;
}

interface Tables {
  incident: { id: Generated<string>; name: string; status: string };
  plain_event: PlainEvent & {
    id: Generated<string>;
    event_id: string;
    headers: string | null;
  };
}

const INSERT_PLAIN =
  'insert into plain_event (event_id, topic_number, timestamp, key, value, headers) values ($1, $2, $3, $4, $5, $6)';

/** A business transaction with one publish, against the same with a plain INSERT of the same bytes in its place. */
export async function transaction(bench: Bench): Promise<Figure[]> {
  return withOutbox(bench.connectionString, async (outbox) => {
    const client = await bench.client();
    await makeBusinessTable(client);
    const plain = await preparePlainEvents(bench, client, outbox);
    const ours = publishing(client, outbox);
    const overPg = { ours, peer: plainly(client, plain) };
    const prepared = { ours, peer: plainly(client, plain, 'plain') };
    const pg = { library: 'pg client', peer: 'a plain INSERT' };
    return [
      await compare(bench, overPg, { ...pg, target: { atMost: 1.3 } }),
      await compare(bench, prepared, { ...pg, peer: 'a prepared INSERT' }),
      await withKysely(bench, outbox, plain),
    ];
  });
}

async function compare(
  bench: Bench,
  calls: Calls,
  of: {
    readonly library: string;
    readonly peer: string;
    readonly target?: Target;
  },
): Promise<Figure> {
  const count = bench.scaled(TRANSACTIONS);
  const measured = await latenciesInTurn(bench, count, calls);
  return compared({
    name: 'transaction',
    what: `business transaction with one publish, ${of.library}`,
    against: `the same with ${of.peer} of the same bytes`,
    measured,
    show: microseconds,
    ...(of.target && { target: of.target }),
  });
}

function publishing(client: Client, outbox: Outbox): () => Promise<void> {
  let n = 0;
  return async () => {
    const event = eventOf((n += 1));
    await businessTransaction(client, n, () =>
      outbox.publish(client, EVENTS, event),
    );
  };
}

/** By an unnamed statement, as `client.query(text, values)` is, or by a named one. */
function plainly(
  client: Client,
  plain: PlainEvent,
  name?: string,
): () => Promise<void> {
  const { topic_number: topic, timestamp, key, value } = plain;
  let n = 0;
  return async () => {
    const values = [randomUUID(), topic, timestamp, key, value, null];
    const statement = {
      text: INSERT_PLAIN,
      values,
      ...(name !== undefined && { name }),
    };
    await businessTransaction(client, (n += 1), () => client.query(statement));
  };
}

/** Makes the table, and takes the bytes from an event that was published. */
async function preparePlainEvents(
  bench: Bench,
  client: Client,
  outbox: Outbox,
): Promise<PlainEvent> {
  await client.query(
    `create table plain_event (
      id bigint generated always as identity primary key,
      event_id uuid not null,
      topic_number int not null,
      timestamp bigint not null,
      written_at timestamptz not null default now(),
      key bytea,
      value bytea,
      headers jsonb
    )`,
  );
  await businessTransaction(client, 0, () =>
    outbox.publish(client, EVENTS, eventOf(5_000)),
  );
  const { rows } = await client.query<PlainEvent>(
    `select topic_number, timestamp, key, value from ${bench.db.schema}.outbox_events`,
  );
  return rows[0] as PlainEvent;
}

async function withKysely(
  bench: Bench,
  outbox: Outbox,
  plain: PlainEvent,
): Promise<Figure> {
  const pool = new Pool({ connectionString: bench.connectionString, max: 1 });
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const business = { name: 'incident', status: 'Accepted' };
  let n = 0;
  const calls = {
    ours: async () =>
      kysely.transaction().execute(async (tx) => {
        await tx.insertInto('incident').values(business).execute();
        await outbox.publish(tx, EVENTS, eventOf((n += 1)));
      }),
    peer: async () =>
      kysely.transaction().execute(async (tx) => {
        const event = { ...plain, event_id: randomUUID(), headers: null };
        await tx.insertInto('incident').values(business).execute();
        await tx.insertInto('plain_event').values(event).execute();
      }),
  };
  const figure = await compare(bench, calls, {
    library: 'Kysely',
    peer: 'a plain INSERT',
  });
  await kysely.destroy();
  return figure;
}
