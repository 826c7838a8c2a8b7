import { defineStatement } from '#postgres';

/** Deletes the cursors that later ones stand before. $1 shards. In the background: nobody reads them any more. */
export const pruneCursors = defineStatement<[shards: readonly number[]]>({
  name: 'prune_cursors',
  text: (schema) => `
    delete from ${schema}.outbox_cursors as old
    using unnest($1::int[]) as wanted(shard)
    where old.shard = wanted.shard
      and old.number < (
        select max(last.number) from ${schema}.outbox_cursors as last where last.shard = wanted.shard
      )`,
});
