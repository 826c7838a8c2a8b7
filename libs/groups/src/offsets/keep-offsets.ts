import type { EngineTx } from '#postgres';

/**
 * Has the offsets of a group kept for ever, or no longer. By default those of a group that nobody uses are forgotten after
 * some days, and whoever joins then begins where `autoOffsetReset` says: wrong for effects that must not come twice.
 *
 * @example
 * await db.transaction((tx) => keepOffsets(tx, 'ledger', true));
 */
export async function keepOffsets(
  tx: EngineTx,
  group: string,
  keep: boolean,
): Promise<void> {
  await tx.query(
    `insert into ${tx.schema}.consumer_groups as known (name, keeps_offsets) values ($1, $2)
    on conflict on constraint consumer_groups_name_key
    do update set keeps_offsets = excluded.keeps_offsets where known.keeps_offsets <> excluded.keeps_offsets`,
    [group, keep],
  );
}
