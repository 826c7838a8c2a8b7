import { defineStatement } from '#postgres';

/** What a leaf has on disk, with indexes and TOAST. $1 leaf */
export const readSize = defineStatement<[leaf: string], number>({
  name: 'read_leaf_size',
  text: (schema) =>
    `select coalesce(pg_total_relation_size(to_regclass('${schema}.' || $1)), 0) as size_bytes`,
  mapRow: (row) => Number(row.size_bytes),
});
