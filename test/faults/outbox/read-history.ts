import type { Database, RawRow } from '#postgres';
import { readLog } from '#testing';
import { valueOf } from './desk/value-of.js';
import { TOPICS } from './desk/topics.js';
import type {
  LedgerEntry,
  OutboxHistory,
  ShownStatus,
  StoredEvent,
} from './outbox-history.js';

/** What stands in the database, to be held against what writers were told. */
export async function readHistory(
  db: Database,
  readTopic = (topic: string) => readByFetch(db, topic),
): Promise<Omit<OutboxHistory, 'told'>> {
  const log: StoredEvent[] = [];
  for (const { name } of TOPICS)
    for (const stored of await readTopic(name)) log.push(stored);
  return {
    log,
    ledger: await readLedger(db),
    shown: await readShown(db),
    waiting: await readWaiting(db),
  };
}

async function readLedger(db: Database): Promise<LedgerEntry[]> {
  const { rows } = await db.query(
    'select event_id as id, topic, key, version, carried, due, transaction from public.ledger',
  );
  return rows.map(
    (row) =>
      ({
        ...row,
        due: row.due === null ? null : Number(row.due),
      }) as unknown as LedgerEntry,
  );
}

async function readByFetch(
  db: Database,
  topic: string,
): Promise<StoredEvent[]> {
  return (await readLog(db, topic)).map((record) => ({
    topic,
    partition: record.partition,
    offset: record.offset,
    timestamp: record.timestamp,
    id: String(record.headers.find(({ key }) => key === 'id')?.value),
    key: record.key === null ? null : String(record.key),
    carried: valueOf(topic, record.value).version,
  }));
}

/** What `postamt.outbox` shows now. */
export async function readShown(db: Database): Promise<ShownStatus[]> {
  const { rows } = await db.query(
    `select event_id as id, topic, status, partition, "offset" from ${db.schema}.outbox`,
  );
  return rows.map(
    (row) =>
      ({
        ...row,
        offset: row.offset === null ? null : BigInt(row.offset as string),
      }) as unknown as ShownStatus,
  );
}

async function readWaiting(db: Database): Promise<string[]> {
  const { rows } = await db.query(
    `select 'parked key: ' || convert_from(key, 'UTF8') || ' (' || code || ': ' || reason || ')' as what
    from ${db.schema}.outbox_parked_keys
    union all
    select 'parked event: ' || event_id from ${db.schema}.outbox_parked
    union all
    select 'delayed event: ' || event_id from ${db.schema}.outbox_unreleased`,
  );
  return rows.map((row: RawRow) => String(row.what));
}
