import type { Topic } from '#log';
import type { Database, Tx } from '#postgres';
import { batchOf } from '../batch-of.js';

/** A leaf to be written to by hand, past the engine. */
export interface Slot {
  readonly db: Database;
  readonly topic: Topic;
  readonly partition: number;
}

/** The offset behind the last record, as this statement sees it. */
export async function readHead(
  tx: Pick<Tx, 'query'>,
  { db, topic, partition }: Slot,
): Promise<bigint> {
  const { rows } = await tx.query(
    `select coalesce(max(last_offset) + 1, 0) as head from ${db.schema}.${topic.leaf} where partition_id = $1`,
    [topic.partitions[partition]?.id],
  );
  return BigInt(rows[0]?.head as string);
}

/** Inserts a batch of these values at an offset, whatever stands there. */
export async function insertAt(
  tx: Pick<Tx, 'query'>,
  slot: Slot,
  base: bigint,
  values: readonly string[],
): Promise<bigint[]> {
  await insertBatchAt(tx, slot, base, {
    bytes: batchOf(values),
    count: values.length,
  });
  return values.map((_, n) => base + BigInt(n));
}

/** Inserts a batch of so many records at an offset, whatever stands there. */
export async function insertBatchAt(
  tx: Pick<Tx, 'query'>,
  { db, topic, partition }: Slot,
  base: bigint,
  { bytes, count }: { readonly bytes: Buffer; readonly count: number },
): Promise<void> {
  const { id, leaderEpoch } = topic.partitions[partition] ?? {};
  await tx.query(
    `insert into ${db.schema}.${topic.leaf} (
      partition_id, base_offset, last_offset, leader_epoch, record_count, max_timestamp, attributes,
      producer_id, producer_epoch, base_sequence, batch
    ) values ($1, $2, $3, $4, $5, 0, 0, -1, -1, -1, $6)`,
    [id, base, base + BigInt(count - 1), leaderEpoch, count, bytes],
  );
}
