import type { Tx } from '#postgres';
import type { AppendStep, Slot } from './sketch-appender.js';

const LOCK = 'select pg_advisory_xact_lock($1)';

/** What is inserted at `head.base`: $1 partition, $2 last offset delta, $3 records, $4 batch. */
function insertInto(leaf: string): string {
  return `
    insert into ${leaf} (
      partition_id, base_offset, last_offset, leader_epoch, record_count, max_timestamp, attributes,
      producer_id, producer_epoch, base_sequence, batch
    )
    select $1, head.base, head.base + $2::int, 0, $3, 0, 0, -1, -1, -1, $4`;
}

/** Reads the head in the statement's snapshot, or the transaction's. */
function readHead(leaf: string): string {
  return `
    select coalesce(max(last_offset) + 1, 0) as base
    from (select last_offset from ${leaf} where partition_id = $1 order by base_offset desc limit 1) as last`;
}

function valuesOf({ plan }: Slot): unknown[] {
  const { header, partition, bytes } = plan;
  return [partition.id, header.lastOffsetDelta, header.recordCount, bytes];
}

async function insertAtHead(tx: Tx, slot: Slot): Promise<void> {
  await tx.query(
    `${insertInto(slot.leaf)} from (${readHead(slot.leaf)}) as head`,
    valuesOf(slot),
  );
}

/** The design's order: the lock alone in its statement, then a statement that sees what the last holder committed. */
export const sound: AppendStep = async (tx, slot) => {
  await tx.query(LOCK, [slot.lock]);
  await insertAtHead(tx, slot);
};

/** Trap 7: waits for the lock in the statement that reads the head, whose snapshot is older than the wait. */
export const lockAndHeadInOne: AppendStep = async (tx, slot) => {
  await tx.query(
    `with locked as materialized (select pg_advisory_xact_lock($5))
    ${insertInto(slot.leaf)} from locked, (${readHead(slot.leaf)}) as head`,
    [...valuesOf(slot), slot.lock],
  );
};

/** Trap 7 again: lock and head in one STABLE function, which sees the snapshot of the statement that calls it. */
export const lockAndHeadInStableFunction: AppendStep = async (tx, slot) => {
  await tx.query(
    `${insertInto(slot.leaf)} from (select coalesce(trap_head($1, $5), 0) as base) as head`,
    [...valuesOf(slot), slot.lock],
  );
};

/** Trap 8: one snapshot for the whole transaction, taken by the statement that waits for the lock. */
export const repeatableRead: AppendStep = async (tx, slot) => {
  await tx.query('rollback; begin isolation level repeatable read');
  await sound(tx, slot);
};
