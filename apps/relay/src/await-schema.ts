import { backoffMs, isPostamtError, sleep, type Logger } from '#kernel';
import { checkSchema, type MigrateOptions } from '#postgres';

const RETRY = { initialMs: 200, maxMs: 5_000 };

/**
 * Waits for a Postgres that is not up yet, as a process has to that is started together with it, and checks the schema
 * there. It returns as well when `signal` aborts.
 *
 * @throws PostamtError SCHEMA_TOO_OLD, SCHEMA_TOO_NEW; what Postgres says of a wrong user or database, which no waiting
 * mends
 */
export async function awaitSchema(
  options: MigrateOptions,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      return await checkSchema(options);
    } catch (error) {
      if (!isPostamtError(error, 'POSTGRES_UNAVAILABLE')) throw error;
      const retryMs = backoffMs(RETRY, failures);
      const { message: reason } = error;
      logger.warn({ reason, failures, retryMs }, 'waiting for Postgres');
      await sleep(retryMs, signal);
    }
  }
}
