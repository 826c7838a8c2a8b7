import { defineStatement } from '#postgres';

/** Deletes the cursors that later ones stand before. $1 shards. In the background: nobody reads them any more, and what
 * another one deletes just now is passed over. */
export const pruneCursors = defineStatement<[shards: readonly number[]]>({
  name: 'prune_cursors',
  text: (schema) => `
    delete from ${schema}.outbox_cursors as old
    using (
      select superseded.shard, superseded.number
      from unnest($1::int[]) as wanted(shard)
      join ${schema}.outbox_cursors as superseded on superseded.shard = wanted.shard
      where superseded.number < (
        select max(last.number) from ${schema}.outbox_cursors as last where last.shard = wanted.shard
      )
      for update of superseded skip locked
    ) as free
    where old.shard = free.shard and old.number = free.number`,
});
