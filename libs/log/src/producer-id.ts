import { defineStatement, type Database } from '#postgres';

/** Who an idempotent producer is: what its batches bear (KIP-98). */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

const nextProducerId = defineStatement<[], bigint>({
  name: 'next_producer_id',
  text: (schema) => `
    select (${schema}.current_timeline()::bigint << 40) + nextval('${schema}.producer_ids') as id`,
  mapRow: (row) => BigInt(row.id as string),
});

/**
 * A producer id that nobody else has, at epoch 0: Kafka's InitProducerId without a transactional id. The server's timeline
 * is part of it, so that a server which was promoted gives out none that its predecessor did. The producer raises
 * the epoch by itself, and begins at sequence 0 again, when it has lost count (KIP-360).
 */
export async function initProducerId(db: Database): Promise<ProducerIdentity> {
  const [producerId] = await db.write(nextProducerId, []);
  return { producerId: producerId as bigint, producerEpoch: 0 };
}
