import { defineStatement, type Statement } from '#postgres';

type Values = [
  partitionId: number,
  relay: string,
  firstId: bigint,
  lastId: bigint,
  ids: readonly bigint[],
  topicNumber: number,
  partitionIndex: number,
  incarnation: string,
];

const statements = new Map<string, Statement<Values, void>>();

/**
 * Notes which events the batch bears that this transaction has just appended to a partition of `leaf`: from here a view
 * leads from an event to its offset. $1 partition id · $2 relay · $3 least id · $4 greatest id · $5 ids in the order of
 * their offsets · $6 topic number · $7 the partition's index ·
 * $8 the server on which the events were written. The partition's lock is held, so its last batch is ours.
 */
export function recordBatch(leaf: string): Statement<Values, void> {
  const known = statements.get(leaf);
  if (known) return known;
  const statement = defineStatement<Values>({
    name: `record_${leaf}`,
    text: (schema) => `
      insert into ${schema}.outbox_batches (topic_number, partition_index, base_offset, relay, first_id, last_id, ids, incarnation)
      select $6, $7, batch.base_offset, $2, $3, $4, $5, $8
      from ${schema}.${leaf} as batch
      where batch.partition_id = $1
      order by batch.base_offset desc limit 1`,
  });
  statements.set(leaf, statement);
  return statement;
}
