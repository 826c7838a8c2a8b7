import { defineStatement } from '#postgres';

/** For how long transactions of this cluster have been open that keep vacuum from removing what died since. */
export interface OldestTransactions {
  readonly openSeconds: number;
  readonly preparedSeconds: number;
}

/** Of sessions of other roles only what the role may see: all of it as a member of pg_read_all_stats. */
export const oldestTransactions = defineStatement<[], OldestTransactions>({
  name: 'oldest_transactions',
  text: () => `
    select
      (
        select coalesce(max(extract(epoch from clock_timestamp() - session.xact_start)), 0)
        from pg_stat_activity as session
        where session.backend_xmin is not null or session.backend_xid is not null
      ) as open,
      (
        select coalesce(max(extract(epoch from clock_timestamp() - waiting.prepared)), 0)
        from pg_prepared_xacts as waiting
      ) as prepared`,
  mapRow: (row) => ({
    openSeconds: Math.max(0, Number(row.open)),
    preparedSeconds: Math.max(0, Number(row.prepared)),
  }),
});
