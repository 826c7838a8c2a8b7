import type { Database } from '../database.js';
import { sqlStateOf } from '../postgres-failure.js';
import { parseLsn } from './lsn.js';

/** How a logical replication slot stands. */
export interface ReplicationSlot {
  readonly name: string;
  /** The output plugin. */
  readonly plugin: string;
  /** Whether somebody streams from it now. */
  readonly active: boolean;
  /** Everything before was confirmed; undefined while the slot is being made. */
  readonly confirmedFlush: bigint | undefined;
  /** How much of the WAL the server keeps for it, in bytes. */
  readonly retainedBytes: bigint;
  /** What is not confirmed of the WAL, in bytes. */
  readonly lagBytes: bigint;
  /** `reserved`, `extended`, `unreserved` (about to be lost) or `lost`. */
  readonly walStatus: string;
  /** Why the server will not stream from it any more; undefined while it does. */
  readonly invalidation: string | undefined;
  /** Whether standbys keep a copy of it (Postgres 17 and later). */
  readonly failover: boolean;
}

interface SlotRow {
  readonly slot: {
    readonly slot_name: string;
    readonly plugin: string;
    readonly active: boolean;
    readonly confirmed_flush_lsn: string | null;
    readonly wal_status: string | null;
    readonly conflicting?: boolean | null;
    readonly invalidation_reason?: string | null;
    readonly failover?: boolean;
  };
  readonly retained: string | null;
  readonly lag: string | null;
}

// Columns differ between versions: the row comes as JSON.
const READ = `
  select to_jsonb(slot) as slot,
    pg_wal_lsn_diff(pg_current_wal_lsn(), slot.restart_lsn)::bigint as retained,
    pg_wal_lsn_diff(pg_current_wal_lsn(), slot.confirmed_flush_lsn)::bigint as lag
  from pg_replication_slots as slot
  where slot.slot_name = $1 and slot.slot_type = 'logical' and slot.database = current_database()`;

/** Reads a logical slot of this database; undefined where there is none of that name. */
export async function readSlot(
  db: Database,
  name: string,
): Promise<ReplicationSlot | undefined> {
  const { rows } = await db.query(READ, [name]);
  const row = rows[0] as SlotRow | undefined;
  if (!row) return undefined;
  const { slot } = row;
  const flushed = slot.confirmed_flush_lsn;
  return {
    name: slot.slot_name,
    plugin: slot.plugin,
    active: slot.active,
    confirmedFlush: flushed === null ? undefined : parseLsn(flushed),
    retainedBytes: BigInt(row.retained ?? 0),
    lagBytes: BigInt(row.lag ?? 0),
    walStatus: slot.wal_status ?? 'lost',
    invalidation: invalidationOf(slot),
    failover: slot.failover ?? false,
  };
}

/** Since 16 a slot can be lost on a standby as well, since 17 the reason is told. */
function invalidationOf(slot: SlotRow['slot']): string | undefined {
  if (slot.invalidation_reason) return slot.invalidation_reason;
  if (slot.wal_status === 'lost') return 'wal_removed';
  return slot.conflicting ? 'conflicting' : undefined;
}

/**
 * Makes a publication without tables and then a slot: the slot sees what was there before it. It waits for the
 * transactions that are open. Both are left alone where they are there already.
 *
 * @param failover whether standbys keep a copy, so that the slot outlives a promotion; Postgres 17 and later
 */
export async function createSlot(
  db: Database,
  slot: { name: string; publication: string; failover: boolean },
): Promise<'created' | 'exists'> {
  await createPublication(db, slot.publication);
  if (await readSlot(db, slot.name)) return 'exists';
  const text = slot.failover
    ? `select pg_create_logical_replication_slot($1, 'pgoutput', false, false, true)`
    : `select pg_create_logical_replication_slot($1, 'pgoutput')`;
  await db.query(text, [slot.name]);
  return 'created';
}

/** Drops a slot; the server lets go of the WAL that it kept for it. */
export async function dropSlot(db: Database, name: string): Promise<void> {
  await db.query(
    `select pg_drop_replication_slot(slot_name) from pg_replication_slots
     where slot_name = $1 and database = current_database()`,
    [name],
  );
}

async function createPublication(db: Database, name: string): Promise<void> {
  try {
    await db.query(`create publication ${name}`);
  } catch (error) {
    // duplicate_object
    if (sqlStateOf(error) !== '42710') throw error;
  }
}
