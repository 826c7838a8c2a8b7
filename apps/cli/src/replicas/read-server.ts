import { type Database, defineStatement } from '#postgres';

/** What a server says of itself. */
export interface ServerState {
  readonly isStandby: boolean;
  /** A promotion begins another one. */
  readonly timeline: number;
  /** The role that asks. */
  readonly role: string;
  /** A standby's: how far it has received and flushed, and how far that can be read, as `pg_lsn`; null on a primary. */
  readonly received: string | null;
  readonly replayed: string | null;
  /** A standby's: bytes that it has received and not replayed. */
  readonly unreplayedBytes: number | null;
  /** A standby's: whom it streams from, where the role may see that. */
  readonly primary: string | null;
}

/** On a standby the greater of both counts as received: what it replays from its archive was never streamed. */
const readState = defineStatement<[], ServerState>({
  name: 'cli_read_server',
  text: (schema) => `
    select
      pg_is_in_recovery() as is_standby,
      coalesce(
        ${schema}.current_timeline(), (select received_tli from pg_stat_wal_receiver),
        (select timeline_id from pg_control_checkpoint())
      ) as timeline,
      current_user as role,
      case when pg_is_in_recovery() then greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) end as received,
      case when pg_is_in_recovery() then pg_last_wal_replay_lsn() end as replayed,
      (select sender_host || ':' || sender_port from pg_stat_wal_receiver) as primary,
      case when pg_is_in_recovery()
        then greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - pg_last_wal_replay_lsn()
      end as unreplayed`,
  mapRow: (row) => ({
    isStandby: row.is_standby as boolean,
    timeline: row.timeline as number,
    role: row.role as string,
    received: row.received as string | null,
    replayed: row.replayed as string | null,
    unreplayedBytes: row.unreplayed === null ? null : Number(row.unreplayed),
    primary: row.primary as string | null,
  }),
});

export async function readServer(db: Database): Promise<ServerState> {
  const [state] = await db.run(readState, []);
  return state as ServerState;
}
