import { defineStatement } from '#postgres';

/**
 * Notes where events stand that are in no log of this database. $1 topic number · $2 partition · $3 offset of the first,
 * or null · $4 relay · $5 least id · $6 greatest id · $7 ids in the order of their offsets · $8 the
 * server on which the events were written; null = this one.
 */
export const noteBatch = defineStatement<
  [
    topicNumber: number,
    partition: number,
    baseOffset: bigint | null,
    relay: string,
    firstId: bigint,
    lastId: bigint,
    ids: readonly bigint[],
    incarnation: string | null,
  ]
>({
  name: 'note_batch',
  text: (schema) => `
    insert into ${schema}.outbox_batches (topic_number, partition_index, base_offset, relay, first_id, last_id, ids, incarnation)
    values ($1, $2, $3, $4, $5, $6, $7, coalesce($8, ${schema}.incarnation()))`,
});
