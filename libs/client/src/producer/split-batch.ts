import { decodeRecordBatch } from '#records';
import { PendingBatch } from './pending-batch.js';

/**
 * Makes two batches of one that was refused, in the order of its records: at the middle, or between two calls, so that
 * what is wrong with one call's records is no other's fault. They are as old as it was.
 */
export function splitBatch(
  batch: PendingBatch,
  where: 'half' | 'calls',
): [PendingBatch, PendingBatch] {
  const { queue, createdAt, size } = batch;
  const { header, records } = decodeRecordBatch(batch.seal());
  const limits = { maxBytes: size, compression: header.compression };
  const halves: [PendingBatch, PendingBatch] = [
    new PendingBatch(queue, limits, createdAt),
    new PendingBatch(queue, limits, createdAt),
  ];
  const at =
    where === 'calls' ? batch.middleOfCalls : Math.ceil(records.length / 2);
  batch.moveTo(halves, records, at);
  for (const half of halves) half.seal();
  return halves;
}
