import { PostamtError } from '#kernel';
import type { RecordInput } from './log-record.js';
import { RecordBatchBuilder } from './record-batch-builder.js';
import type { RecordBatchOptions } from './record-batch-options.js';

/** {@link RecordBatchOptions} and the place of each record. */
export interface EncodeOptions extends RecordBatchOptions {
  /** Offset of each record less the base offset, rising; 0, 1, 2, … unless given. */
  readonly offsetDeltas?: readonly number[];
}

/**
 * Encodes records as one batch, by a {@link RecordBatchBuilder}. Base timestamp is the first record's, maxTimestamp the
 * greatest.
 *
 * Throws INVALID_VALUE (no records, or a number that a batch cannot hold), UNSUPPORTED_COMPRESSION_TYPE (a
 * compression that is none of Kafka's) or MESSAGE_TOO_LARGE (more than 2 GiB). Source: Kafka docs, Record Batch.
 *
 * @example
 * const batch = encodeRecordBatch([{ timestamp: Date.now(), key: null, value }], { compression: 'zstd' });
 */
export function encodeRecordBatch(
  records: readonly RecordInput[],
  options: EncodeOptions = {},
): Buffer {
  const { offsetDeltas, ...batchOptions } = options;
  checkDeltas(records, offsetDeltas);
  const builder = new RecordBatchBuilder(batchOptions);
  records.forEach((record, index) => {
    if (!builder.append(record, offsetDeltas?.[index])) throw tooLarge(index);
  });
  return builder.build();
}

function checkDeltas(
  records: readonly RecordInput[],
  offsetDeltas: readonly number[] | undefined,
): void {
  if (!offsetDeltas || offsetDeltas.length === records.length) return;
  throw new PostamtError(
    'INVALID_VALUE',
    `${offsetDeltas.length} offset deltas were given for ${records.length} records; give one for each.`,
  );
}

function tooLarge(index: number): PostamtError {
  return new PostamtError(
    'MESSAGE_TOO_LARGE',
    `Record ${index} takes the batch past 2 GiB; encode it in a batch of its own.`,
  );
}
