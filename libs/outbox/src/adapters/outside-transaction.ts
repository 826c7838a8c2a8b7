import { PostamtError } from '#kernel';

/** What an adapter says of something that is not inside a transaction: a publish there would not be undone with it. */
export function outsideTransaction(
  adapter: string,
  given: string,
  instead: string,
): PostamtError {
  return new PostamtError(
    'INVALID_VALUE',
    `${adapter} was given ${given}: give ${instead}`,
  );
}
