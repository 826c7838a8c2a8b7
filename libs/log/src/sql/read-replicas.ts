import { defineStatement } from '#postgres';

/** A standby that streams, as the primary sees it. */
export interface Standby {
  /** The process on the primary that sends to it: another one after each reconnection. */
  readonly pid: number;
  /** Its `application_name`; several may have the same. */
  readonly name: string;
  /** How far it has flushed, as a number of bytes of WAL. */
  readonly flushed: bigint;
}

/** What the primary knows of its standbys, in one look. */
export interface Replicas {
  /** The timeline that this server writes; null where it is a standby itself. */
  readonly timeline: number | null;
  /** How far this server has flushed, as a number of bytes of WAL. */
  readonly flushed: bigint;
  readonly standbys: readonly Standby[];
  /** Connections of which this role may not see what they are: it lacks `pg_monitor`. */
  readonly hidden: number;
}

/**
 * The physical standbys that stream now. Logical subscribers are connections of the same kind, and no copies of the log:
 * theirs are those whose process uses a logical slot.
 */
export const readReplicas = defineStatement<[], Replicas>({
  name: 'read_replicas',
  text: (schema) => `
    select
      ${schema}.current_timeline() as timeline,
      case
        when pg_is_in_recovery() then 0
        else (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint
      end as flushed,
      coalesce(array_agg(standby.application_name order by standby.pid) filter (where standby.flush_lsn is not null), '{}') as names,
      coalesce(array_agg(standby.pid order by standby.pid) filter (where standby.flush_lsn is not null), '{}') as pids,
      coalesce(array_agg((standby.flush_lsn - '0/0'::pg_lsn)::bigint order by standby.pid) filter (where standby.flush_lsn is not null), '{}') as positions,
      count(standby.pid) filter (where standby.state is null) as hidden
    from (values (1)) as one
    left join pg_stat_replication as standby
      on coalesce(standby.state, 'streaming') = 'streaming'
      and not exists (
        select from pg_replication_slots as slot
        where slot.active_pid = standby.pid and slot.slot_type = 'logical'
      )`,
  mapRow: (row) => {
    const positions = row.positions as string[];
    const pids = row.pids as number[];
    return {
      timeline: row.timeline as number | null,
      flushed: BigInt(row.flushed as string),
      standbys: (row.names as string[]).map((name, n) => ({
        pid: pids[n] as number,
        name,
        flushed: BigInt(positions[n] as string),
      })),
      hidden: Number(row.hidden),
    };
  },
});
