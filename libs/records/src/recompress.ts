import { PostamtError } from '#kernel';
import {
  ATTRIBUTE_BITS,
  BATCH_LAYOUT,
  MAX_BATCH_BYTES,
} from './batch-layout.js';
import { compressRecords, requireCompression } from './codecs.js';
import { COMPRESSIONS, type Compression } from './compression.js';
import { sealBatch } from './seal-batch.js';
import { unpackRecords, type ReadOptions } from './unpack-records.js';
import { readOrVerify } from './verify-batch.js';

/**
 * The same batch in another compression, with a new length and CRC: the records' own bytes and all other fields stay.
 * The same bytes where the batch has that compression already. It is what a topic's `compression.type` other than
 * `producer` asks for.
 *
 * Throws what {@link verifyBatch} throws; MESSAGE_TOO_LARGE where the records unpack to more than
 * `maxDecompressedBytes`, or pack to more than 2 GiB; UNSUPPORTED_COMPRESSION_TYPE for a compression that is none of
 * Kafka's.
 *
 * @example
 * const stored = recompress(batch, 'zstd');
 */
export function recompress(
  bytes: Buffer,
  compression: Compression,
  options: ReadOptions = {},
): Buffer {
  requireCompression(compression);
  const header = readOrVerify(bytes, options);
  if (header.compression === compression) return bytes;
  const records = unpackRecords(bytes, header, options);
  const packed = compressRecords(compression, records);
  const size = BATCH_LAYOUT.records + packed.length;
  if (size > MAX_BATCH_BYTES) throw tooLarge(size, compression);
  const batch = Buffer.allocUnsafe(size);
  bytes.copy(batch, 0, 0, BATCH_LAYOUT.records);
  batch.set(packed, BATCH_LAYOUT.records);
  batch.writeInt16BE(
    (header.attributes & ~ATTRIBUTE_BITS.compression) |
      COMPRESSIONS.indexOf(compression),
    BATCH_LAYOUT.attributes,
  );
  return sealBatch(batch);
}

function tooLarge(size: number, compression: Compression): PostamtError {
  return new PostamtError(
    'MESSAGE_TOO_LARGE',
    `The batch has ${size} bytes with compression ${compression}, over Kafka's limit of ${MAX_BATCH_BYTES}; put less into it.`,
  );
}
