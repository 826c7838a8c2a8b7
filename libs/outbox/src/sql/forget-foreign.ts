import { defineStatement } from '#postgres';

/**
 * Deletes events of another server that were moved here, or are known to have been moved there. $1 shards · $2 ids, which
 * may have been given out here as well. The one place where rows of the outbox are deleted: once, after a restore.
 */
export const forgetForeign = defineStatement<
  [shards: readonly number[], ids: readonly bigint[]]
>({
  name: 'forget_foreign',
  text: (schema) => `
    delete from ${schema}.outbox_events as event
    using unnest($1::int[], $2::bigint[]) as gone(shard, id)
    where event.shard = gone.shard and event.id = gone.id
      and event.incarnation <> (select ${schema}.incarnation())`,
});
