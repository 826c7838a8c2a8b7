import { formatLsn, parseLsn, defineStatement } from '#postgres';

/** How far the events of a slot are in the log. */
export interface CdcPosition {
  /** 0 = nothing was moved yet. */
  readonly number: bigint;
  /** Where the COMMIT record of the last transaction begins that was moved. */
  readonly lsn: bigint;
  /** Whether it was noted on this server: positions of another one mean nothing here. */
  readonly isHere: boolean;
  readonly movedAt: Date | undefined;
}

/** Reads the latest position. $1 slot. */
export const readPosition = defineStatement<[slot: string], CdcPosition>({
  name: 'cdc_read_position',
  text: (schema) => `
    select latest.number, latest.lsn::text, latest.incarnation = ${schema}.incarnation() as is_here, latest.moved_at
    from ${schema}.outbox_cdc_positions as latest
    where latest.slot = $1
    order by latest.number desc
    limit 1`,
  mapRow: (row) => ({
    number: BigInt(row.number as string),
    lsn: parseLsn(row.lsn as string),
    isHere: row.is_here as boolean,
    movedAt: row.moved_at as Date,
  }),
});

/** Where a slot stands of which nothing was moved yet. */
export const NO_POSITION: CdcPosition = {
  number: 0n,
  lsn: 0n,
  isHere: true,
  movedAt: undefined,
};

/** Notes a position: waits for whoever notes the same number, and fails where that one commits. $1 slot · $2 number · $3 position · $4 relay. */
export const insertPosition = defineStatement<
  [slot: string, number: bigint, lsn: string, relay: string]
>({
  name: 'cdc_insert_position',
  text: (schema) => `
    insert into ${schema}.outbox_cdc_positions (slot, number, lsn, incarnation, relay)
    values ($1, $2::bigint, $3::pg_lsn, ${schema}.incarnation(), $4)`,
});

/** The parameters of {@link insertPosition} for what comes behind `last`. */
export function nextPosition(
  slot: string,
  last: CdcPosition,
  lsn: bigint,
  relay: string,
): [string, bigint, string, string] {
  return [slot, last.number + 1n, formatLsn(lsn), relay];
}

/** Deletes positions that others have come behind. $1 slot · $2 the number of the latest. */
export const prunePositions = defineStatement<[slot: string, number: bigint]>({
  name: 'cdc_prune_positions',
  text: (schema) =>
    `delete from ${schema}.outbox_cdc_positions where slot = $1 and number < $2::bigint`,
});

/** Forgets where a slot stood. $1 slot. */
export const forgetPositions = defineStatement<[slot: string]>({
  name: 'cdc_forget_positions',
  text: (schema) =>
    `delete from ${schema}.outbox_cdc_positions where slot = $1`,
});
