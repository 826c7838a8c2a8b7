import { PostamtError } from '#kernel';
import type { Compression } from './compression.js';

/** The error for records that unpack to more than the caller allows. */
export function decompressedTooLarge(
  compression: Compression,
  maxBytes: number,
  cause?: unknown,
): PostamtError {
  return new PostamtError(
    'MESSAGE_TOO_LARGE',
    `The records of a ${compression} batch unpack to more than ${maxBytes} bytes; raise maxDecompressedBytes if they may.`,
    cause === undefined ? undefined : { cause },
  );
}
