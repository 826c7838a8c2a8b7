import { defineStatement } from '#postgres';

/** The leaves that wait to be dropped, those first that have waited longest. */
export const readRetiredLeaves = defineStatement<[], string>({
  name: 'read_retired_leaves',
  text: (schema) =>
    `select leaf from ${schema}.retired_leaves order by retired_at, leaf`,
  mapRow: (row) => row.leaf as string,
});

/**
 * Takes a leaf off the list, and says what dropping it frees; no row where it is not on the list any more, or where a
 * segment names it. $1 leaf
 */
export const takeRetiredLeaf = defineStatement<[leaf: string], number>({
  name: 'take_retired_leaf',
  text: (schema) => `
    delete from ${schema}.retired_leaves as retired
    where retired.leaf = $1
      and not exists (select from ${schema}.segments as segment where segment.leaf = retired.leaf)
    returning coalesce(pg_total_relation_size(to_regclass('${schema}.' || retired.leaf)), 0) as size_bytes`,
  mapRow: (row) => Number(row.size_bytes),
});

/** Puts leaves on the list. $1 leaves */
export const retireLeaves = defineStatement<[leaves: readonly string[]]>({
  name: 'retire_leaves',
  text: (schema) => `
    insert into ${schema}.retired_leaves (leaf) select unnest($1::text[]) on conflict (leaf) do nothing`,
});

export function dropLeafText(schema: string, leaf: string): string {
  return `drop table if exists ${schema}.${leaf}`;
}
