import { PostamtError } from '#kernel';

/** The error for a producer's batch that is whole, and not what a producer may write. `what` names the field at fault. */
export function invalidRecord(what: string): PostamtError {
  return new PostamtError(
    'INVALID_RECORD',
    `The record batch is refused: ${what}. Sending it again does not help; its producer has to write it otherwise.`,
  );
}
