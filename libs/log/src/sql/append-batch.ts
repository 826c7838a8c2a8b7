import { defineStatement } from '#postgres';
import { checkedHead, LEAF_COLUMNS } from './checked-head.js';
import { perLeaf } from './per-leaf.js';

/** $1 partition id · $2 leader epoch · $3 segment number · $4 last offset delta · $5 record count · $6 max timestamp ·
 * $7 attributes · $8 batch · $9 timeline of the server */
export type AppendBatchValues = [
  partitionId: number,
  leaderEpoch: number,
  segmentNumber: number,
  lastOffsetDelta: number,
  recordCount: number,
  maxTimestamp: number,
  attributes: number,
  batch: Buffer,
  timeline: number,
];

/** Where a batch stands, and whether it stood there before. */
export interface AppendedRow {
  readonly baseOffset: bigint;
  readonly duplicate: boolean;
}

/**
 * Puts one batch at the head of its partition. The locks of its topic and its partition have been taken before, in a
 * statement of their own.
 */
export const appendBatch = perLeaf((leaf) =>
  defineStatement<AppendBatchValues, AppendedRow>({
    name: `append_${leaf}`,
    text: (schema) => `
      insert into ${schema}.${leaf} (${LEAF_COLUMNS})
      select
        $1, checked.base_offset, checked.base_offset + $4, $2, $5, $6, $7, -1, -1, -1, $8
      from ${checkedHead(schema, leaf)}
      returning base_offset, false as duplicate`,
    mapRow: appendedRow,
  }),
);

/** Maps a row of an append. */
export function appendedRow(row: Record<string, unknown>): AppendedRow {
  return {
    baseOffset: BigInt(row.base_offset as string),
    duplicate: row.duplicate as boolean,
  };
}
