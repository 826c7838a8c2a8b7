import { ERROR_CODES, type ErrorCode } from './error-codes.js';

/**
 * The one error class that Postamt throws. `code` is from the closed list {@link ERROR_CODES}; `retriable` says whether
 * the same call may succeed when made again; `message` names the value at fault and the next step.
 *
 * @example
 * try {
 *   await outbox.publish(tx, incidents, event);
 * } catch (error) {
 *   if (isPostamtError(error, 'SCHEMA_MISMATCH')) reply.badRequest(error.message);
 *   else throw error;
 * }
 */
export class PostamtError extends Error {
  override readonly name = 'PostamtError';
  readonly code: ErrorCode;
  readonly retriable: boolean;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.retriable = ERROR_CODES[code] === 'retriable';
  }
}

/** Whether `error` is a {@link PostamtError}, and of that code where one is given. */
export function isPostamtError(
  error: unknown,
  code?: ErrorCode,
): error is PostamtError {
  return (
    error instanceof PostamtError && (code === undefined || error.code === code)
  );
}
