import { defineStatement } from '#postgres';

/** Deletes delayed events that are not to be released; the shard's lock is held. $1 shard · $2 times · $3 ids. */
export const forgetDelayed = defineStatement<
  [shard: number, dueAts: readonly number[], ids: readonly bigint[]]
>({
  name: 'forget_delayed',
  text: (schema) => `
    delete from ${schema}.outbox_delayed as delayed
    using unnest($2::bigint[], $3::bigint[]) as gone(due_at, id)
    where delayed.shard = $1::int and delayed.due_at = gone.due_at and delayed.id = gone.id`,
});
