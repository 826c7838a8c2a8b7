import {
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { PostamtError } from '#kernel';
import type { Compression } from './compression.js';
import { corruptBatch } from './corrupt-batch.js';

/** Packs and unpacks the block of records of a batch. */
interface Codec {
  compress(records: Buffer): Buffer;
  /** Throws zlib's own errors. */
  decompress(packed: Buffer, maxOutputLength: number): Buffer;
}

const CODECS: Record<Compression, Codec | undefined> = {
  none: { compress: (records) => records, decompress: (packed) => packed },
  gzip: {
    compress: (records) => gzipSync(records),
    decompress: (packed, maxOutputLength) =>
      gunzipSync(packed, { maxOutputLength }),
  },
  snappy: undefined,
  lz4: undefined,
  zstd: {
    compress: (records) => zstdCompressSync(records),
    decompress: (packed, maxOutputLength) =>
      zstdDecompressSync(packed, { maxOutputLength }),
  },
};

/** The codec of a compression. Throws UNSUPPORTED_COMPRESSION_TYPE where there is none. */
export function codecOf(compression: Compression): Codec {
  const codec = CODECS[compression];
  if (codec) return codec;
  throw new PostamtError(
    'UNSUPPORTED_COMPRESSION_TYPE',
    `Records packed with ${compression} are neither read nor written; use none, gzip or zstd.`,
  );
}

/**
 * Unpacks the records of a batch into at most `maxBytes`. Throws CORRUPT_MESSAGE for bytes that the codec refuses,
 * MESSAGE_TOO_LARGE for more than `maxBytes`, UNSUPPORTED_COMPRESSION_TYPE where there is no codec.
 */
export function decompressRecords(
  compression: Compression,
  packed: Buffer,
  maxBytes: number,
): Buffer {
  const codec = codecOf(compression);
  try {
    return codec.decompress(packed, maxBytes);
  } catch (error) {
    if (isTooLarge(error)) throw tooLarge(compression, maxBytes, error);
    throw corruptBatch(`${compression} cannot unpack its records`, error);
  }
}

function isTooLarge(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
}

function tooLarge(
  compression: Compression,
  maxBytes: number,
  cause: unknown,
): PostamtError {
  return new PostamtError(
    'MESSAGE_TOO_LARGE',
    `The records of a ${compression} batch unpack to more than ${maxBytes} bytes; raise maxDecompressedBytes if they may.`,
    { cause },
  );
}
