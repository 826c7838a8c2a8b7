import { PostamtError } from '#kernel';

/** The error for bytes that are no record batch, or no longer one. `what` names the field at fault. */
export function corruptBatch(what: string, cause?: unknown): PostamtError {
  return new PostamtError(
    'CORRUPT_MESSAGE',
    `The record batch is corrupt: ${what}. Fetch it again, or send it again where it was being produced.`,
    cause === undefined ? undefined : { cause },
  );
}
