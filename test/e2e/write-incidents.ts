import { Client } from 'pg';
import type { Outbox } from '#outbox';
import { murmur2 } from '#records';
import type { CommittedEvent } from '#testing';
import type { IncidentRow } from '../support/incident-row.js';
import { seededRandom } from '../support/seeded-random.js';
import { incidents } from './service-desk.js';

/** What the writers did, to be held against the log. */
export interface Written {
  readonly committed: CommittedEvent[];
  /** Ids of events whose transaction was rolled back on purpose. */
  readonly rolledBack: string[];
}

export interface WriteOptions {
  readonly connectionString: string;
  readonly outbox: Outbox;
  readonly rows: readonly IncidentRow[];
  readonly writers: number;
  /** The share of transactions that are rolled back first and then done again. */
  readonly rollbacks: number;
  readonly seed: number;
}

/** Writes every row as one business transaction, by several writers at once, each incident by one of them in its order. */
export async function writeIncidents(options: WriteOptions): Promise<Written> {
  const written: Written = { committed: [], rolledBack: [] };
  const writers = Array.from({ length: options.writers }, (_, writer) => {
    const own = options.rows.filter(
      (row) => writerOf(row, options.writers) === writer,
    );
    return writeAll(own, options, written, options.seed + writer);
  });
  await Promise.all(writers);
  return written;
}

async function writeAll(
  rows: readonly IncidentRow[],
  options: WriteOptions,
  written: Written,
  seed: number,
): Promise<void> {
  const random = seededRandom(seed);
  const client = new Client({ connectionString: options.connectionString });
  await client.connect();
  for (const row of rows) {
    if (random() < options.rollbacks)
      written.rolledBack.push(
        await writeRow(client, options.outbox, row, 'rollback'),
      );
    const id = await writeRow(client, options.outbox, row, 'commit');
    written.committed.push({ id, key: row.incidentId, version: row.seq });
  }
  await client.end();
}

async function writeRow(
  client: Client,
  outbox: Outbox,
  row: IncidentRow,
  end: 'commit' | 'rollback',
): Promise<string> {
  const { incidentId, seq, at, status, subStatus, impact, product } = row;
  await client.query('begin');
  await client.query(
    `insert into incident (id, status, seq) values ($1, $2, $3)
    on conflict (id) do update set status = excluded.status, seq = excluded.seq`,
    [incidentId, status, seq],
  );
  const value = { seq, at, status, subStatus, impact, product };
  const [event] = await outbox.publish(client, incidents, {
    key: incidentId,
    value,
    timestamp: at,
  });
  await client.query(end);
  return event?.id ?? '';
}

function writerOf(row: IncidentRow, writers: number): number {
  return (murmur2(Buffer.from(row.incidentId)) & 0x7fffffff) % writers;
}
