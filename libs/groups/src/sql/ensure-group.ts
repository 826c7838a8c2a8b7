import { defineStatement } from '#postgres';

/** The id of a group, which is made where it is not there yet. $1 name. Made by somebody else meanwhile: no row. */
export const ensureGroup = defineStatement<[name: string], number>({
  name: 'ensure_group',
  text: (schema) => `
    with added as (
      insert into ${schema}.consumer_groups (name)
      select $1::text where not exists (select from ${schema}.consumer_groups where name = $1)
      on conflict on constraint consumer_groups_name_key do nothing
      returning id
    )
    select id from added union all select id from ${schema}.consumer_groups where name = $1`,
  mapRow: (row) => row.id as number,
});
