import { defineStatement } from '#postgres';

/**
 * Ends the transactions of members that are to be fenced, as far as this role may, and waits half a second for each to
 * be gone. All are told before any is waited for: whoever has ended his transaction meanwhile would be told for nothing,
 * in the midst of another one. $1 keys of their locks.
 */
export const endTransactions = defineStatement<[keys: readonly bigint[]]>({
  name: 'end_transactions',
  text: () => `
    with told as materialized (
      select held.pid, pg_terminate_backend(held.pid) as told
      from pg_locks as held
      join pg_stat_activity as backend on backend.pid = held.pid
      join pg_roles as role on role.oid = backend.usesysid
      where held.locktype = 'advisory' and held.objsubid = 1 and held.granted
        and held.database = (select oid from pg_database where datname = current_database())
        and (held.classid::bigint << 32 | held.objid::bigint) = any ($1::bigint[])
        and held.pid <> pg_backend_pid()
        -- What pg_terminate_backend asks for, which fails otherwise: rights that are inherited, not membership alone.
        and (pg_has_role(role.oid, 'usage') or pg_has_role('pg_signal_backend', 'usage'))
        and (not role.rolsuper or current_setting('is_superuser')::boolean)
    )
    select pg_terminate_backend(pid, 500) from told where told`,
});

/** Takes the locks of members alone, those that nobody holds. $1 keys. */
export const fenceMembers = defineStatement<
  [keys: readonly bigint[]],
  { readonly key: bigint; readonly fenced: boolean }
>({
  name: 'fence_members',
  text: () => `
    select key, pg_try_advisory_xact_lock(key) as fenced from unnest($1::bigint[]) as wanted(key)`,
  mapRow: (row) => ({
    key: BigInt(row.key as string),
    fenced: row.fenced as boolean,
  }),
});
