import type { Database } from '../database.js';

/** What a server has to say of logical replication before anything is streamed. */
export interface ReplicationServer {
  /** 15, 16, … */
  readonly majorVersion: number;
  readonly walLevel: string;
  /** Whether this role may stream. */
  readonly mayReplicate: boolean;
  readonly role: string;
  /** How much of the WAL is kept for a slot at the most, in bytes; undefined = without limit. */
  readonly walKeepBytes: bigint | undefined;
}

// In pg_settings the limit is in megabytes, whatever it was given in.
const READ = `
  select
    current_setting('server_version_num')::int / 10000 as major_version,
    current_setting('wal_level') as wal_level,
    (select rolreplication or rolsuper from pg_roles where rolname = current_user) as may_replicate,
    current_user::text as role,
    (select setting::bigint from pg_settings where name = 'max_slot_wal_keep_size') as keep_megabytes`;

/** Reads what there is to be known before a slot is made or streamed from. */
export async function readReplicationServer(
  db: Database,
): Promise<ReplicationServer> {
  const { rows } = await db.query(READ);
  const row = rows[0] ?? {};
  const megabytes = BigInt((row.keep_megabytes as string | null) ?? -1);
  return {
    majorVersion: row.major_version as number,
    walLevel: row.wal_level as string,
    mayReplicate: row.may_replicate === true,
    role: row.role as string,
    walKeepBytes: megabytes < 0n ? undefined : megabytes * 1_048_576n,
  };
}
