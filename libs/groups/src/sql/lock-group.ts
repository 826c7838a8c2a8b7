import { defineStatement, type RawRow } from '#postgres';
import type { GroupHead } from '../coordinate/group-state.js';

const LOCKED = (schema: string) =>
  `select id from ${schema}.consumer_groups where id = $1 for no key update`;

/** Locks a group's row until the transaction ends; no row where it was deleted. $1 group id. */
export const lockGroup = defineStatement<[groupId: number]>({
  name: 'lock_group',
  text: LOCKED,
});

/** The same, but no row where somebody else has it: he does what there is to do. */
export const tryGroup = defineStatement<[groupId: number]>({
  name: 'try_group',
  text: (schema) => `${LOCKED(schema)} skip locked`,
});

/** The group's row, as it stands under the lock. $1 group id. */
export const readGroupHead = defineStatement<[groupId: number], GroupHead>({
  name: 'read_group_head',
  text: (schema) => `
    select id, name, epoch, assignment_epoch, version, catalogue, assignor,
      ${schema}.catalogue_version() as current_catalogue
    from ${schema}.consumer_groups where id = $1`,
  mapRow: headOf,
});

function headOf(row: RawRow): GroupHead {
  return {
    id: row.id as number,
    name: row.name as string,
    generation: row.epoch as number,
    assignmentEpoch: row.assignment_epoch as number,
    version: BigInt(row.version as string),
    catalogue: BigInt(row.catalogue as string),
    currentCatalogue: BigInt(row.current_catalogue as string),
    assignor: row.assignor as string | null,
  };
}
