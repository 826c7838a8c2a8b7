import type { Database, RawRow } from '#postgres';
import { readLog } from '#testing';
import type { GroupHistory, StoredRecord } from './group-history.js';

/** What the database wrote down of groups, and what stands in topics. */
export async function readLedger(
  db: Database,
  topics: readonly string[],
): Promise<Omit<GroupHistory, 'groups' | 'told'>> {
  const log: StoredRecord[] = [];
  for (const topic of topics)
    for (const stored of await readTopic(db, topic)) log.push(stored);
  return {
    log,
    commits: await read(db, 'commit_history', (row) => ({
      ...laneOf(row),
      epoch: row.epoch as number,
      next: BigInt(row.next as string),
      mark: row.mark as string,
      transaction: row.transaction as string,
    })),
    owners: await read(db, 'owner_history', (row) => ({
      ...laneOf(row),
      owner: row.owner as number | null,
      epoch: row.epoch as number,
    })),
    members: await read(db, 'member_history', memberOf),
    effects: await read(db, 'effects', effectOf),
  };
}

async function readTopic(db: Database, topic: string): Promise<StoredRecord[]> {
  return (await readLog(db, topic)).map((record) => ({
    topic,
    partition: record.partition,
    offset: record.offset,
    key: record.key === null ? null : String(record.key),
    id: idOf(record.headers),
  }));
}

function memberOf(row: RawRow) {
  return {
    kind: row.kind as 'joined' | 'removed',
    group: row.group_name as string,
    member: row.member as number,
    who: row.who as string,
    isStatic: row.is_static as boolean,
  };
}

function effectOf(row: RawRow) {
  return {
    ...laneOf(row),
    offset: BigInt(row.record_offset as string),
    id: row.id as string,
    who: row.who as string,
    transaction: row.transaction as string,
  };
}

/** The id that its producer gave a record. */
export function idOf(
  headers: readonly { readonly key: string; readonly value: Buffer | null }[],
): string {
  return String(headers.find(({ key }) => key === 'id')?.value);
}

async function read<Entry>(
  db: Database,
  table: string,
  entryOf: (row: RawRow) => Entry,
): Promise<(Entry & { number: number; at: number })[]> {
  const { rows } = await db.query(
    `select *, floor(extract(epoch from at) * 1000)::text as at_ms from public.${table} order by number`,
  );
  return rows.map((row) => ({
    ...entryOf(row),
    number: Number(row.number),
    at: Number(row.at_ms),
  }));
}

function laneOf(row: RawRow) {
  return {
    group: row.group_name as string,
    topic: row.topic as string,
    partition: row.partition as number,
  };
}
