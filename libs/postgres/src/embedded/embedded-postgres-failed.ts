import { PostamtError } from '#kernel';

/** The one error of the embedded server: EMBEDDED_POSTGRES_FAILED, with a message that says what to do next. */
export function embeddedPostgresFailed(
  message: string,
  cause?: unknown,
): PostamtError {
  const options = cause === undefined ? undefined : { cause };
  return new PostamtError('EMBEDDED_POSTGRES_FAILED', message, options);
}
