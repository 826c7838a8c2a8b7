// kernel: what every other lib stands on: errors, ids, waiting, the Logger interface.
// May import: nothing of ours.
// Words: error code, retriable, back-off, event id.
export { backoffMs, type BackoffPolicy } from './backoff.js';
export { ERROR_CODES, type ErrorCode } from './error-codes.js';
export { newEventId } from './event-id.js';
export { silentLogger, type Logger } from './logger.js';
export { isPostamtError, PostamtError } from './postamt-error.js';
export { SharedReading } from './shared-reading.js';
export { sleep } from './sleep.js';
