import { crc32c } from '#records';

/** What makes a batch known again: who sent it, and its place among what that producer sent to the partition (KIP-98). */
export interface ProducerStamp {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

/** Where these fields stand in a record batch v2 (Kafka docs: Record Batch), in bytes. */
const AT = {
  crc: 17,
  attributes: 21,
  id: 43,
  epoch: 51,
  sequence: 53,
} as const;

/**
 * Writes producer id, epoch and base sequence into a batch, and its CRC anew. Records are encoded as they come, and only
 * when a batch is sent is it known what stands before it.
 */
export function stampBatch(batch: Buffer, stamp: ProducerStamp): void {
  batch.writeBigInt64BE(stamp.producerId, AT.id);
  batch.writeInt16BE(stamp.producerEpoch, AT.epoch);
  batch.writeInt32BE(stamp.baseSequence, AT.sequence);
  batch.writeUInt32BE(crc32c(batch.subarray(AT.attributes)), AT.crc);
}
