import type { BatchHeader } from './batch-header.js';
import { BATCH_LAYOUT } from './batch-layout.js';
import { decompressRecords } from './codecs.js';
import { requireInteger } from './require-integer.js';

const DEFAULT_MAX_DECOMPRESSED_BYTES = 256 * 1024 * 1024;

/** How a batch whose bytes are handed in is read. */
export interface ReadOptions {
  /** Whether the CRC-32C is compared; true unless given. Leave it on where the bytes were not just verified. */
  readonly checkCrc?: boolean;
  /** The most bytes that compressed records may unpack to; 256 MiB unless given. */
  readonly maxDecompressedBytes?: number;
}

/**
 * The records of a batch, unpacked: a view where they are not compressed. A batch that compaction has emptied may keep
 * its compression and has nothing to unpack. Throws CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, or INVALID_VALUE for a limit
 * below 1.
 */
export function unpackRecords(
  bytes: Buffer,
  header: BatchHeader,
  options: ReadOptions,
): Buffer {
  const maxBytes =
    options.maxDecompressedBytes ?? DEFAULT_MAX_DECOMPRESSED_BYTES;
  requireInteger('maxDecompressedBytes', maxBytes, 1, Number.MAX_SAFE_INTEGER);
  const packed = bytes.subarray(BATCH_LAYOUT.records);
  if (packed.length === 0) return packed;
  return decompressRecords(header.compression, packed, maxBytes);
}
