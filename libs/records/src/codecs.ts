import {
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { PostamtError } from '#kernel';
import { COMPRESSIONS, type Compression } from './compression.js';
import { corruptBatch } from './corrupt-batch.js';
import { decompressedTooLarge } from './decompressed-too-large.js';
import { compressLz4, decompressLz4 } from './lz4-frame.js';
import { compressSnappy, decompressSnappy } from './snappy-stream.js';

/** Packs and unpacks the block of records of a batch. */
interface Codec {
  compress(records: Buffer): Buffer;
  /** Throws PostamtErrors, or the errors of the library that does it. */
  decompress(packed: Buffer, maxOutputLength: number): Buffer;
}

const CODECS: Record<Compression, Codec> = {
  none: { compress: (records) => records, decompress: (packed) => packed },
  gzip: {
    compress: (records) => gzipSync(records),
    decompress: (packed, maxOutputLength) =>
      gunzipSync(packed, { maxOutputLength }),
  },
  snappy: { compress: compressSnappy, decompress: decompressSnappy },
  lz4: { compress: compressLz4, decompress: decompressLz4 },
  zstd: {
    compress: (records) => zstdCompressSync(records),
    decompress: (packed, maxOutputLength) =>
      zstdDecompressSync(packed, { maxOutputLength }),
  },
};

/**
 * Packs the records of a batch. Throws UNSUPPORTED_COMPRESSION_TYPE for a name that is none of {@link COMPRESSIONS}.
 */
export function compressRecords(
  compression: Compression,
  records: Buffer,
): Buffer {
  requireCompression(compression);
  return CODECS[compression].compress(records);
}

/** Throws UNSUPPORTED_COMPRESSION_TYPE for a name that is none of {@link COMPRESSIONS}. */
export function requireCompression(compression: Compression): void {
  if (Object.hasOwn(CODECS, compression)) return;
  throw new PostamtError(
    'UNSUPPORTED_COMPRESSION_TYPE',
    `Records are not packed with ${compression}; use one of ${COMPRESSIONS.join(', ')}.`,
  );
}

/**
 * Unpacks the records of a batch into at most `maxBytes`. Throws CORRUPT_MESSAGE for bytes that the codec refuses and
 * MESSAGE_TOO_LARGE for more than `maxBytes`.
 */
export function decompressRecords(
  compression: Compression,
  packed: Buffer,
  maxBytes: number,
): Buffer {
  try {
    return CODECS[compression].decompress(packed, maxBytes);
  } catch (error) {
    if (error instanceof PostamtError) throw error;
    if (isTooLarge(error)) {
      throw decompressedTooLarge(compression, maxBytes, error);
    }
    throw corruptBatch(`${compression} cannot unpack its records`, error);
  }
}

function isTooLarge(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
}
