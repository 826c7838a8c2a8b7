import { performance } from 'node:perf_hooks';
import { backoffMs, isPostamtError, sleep } from '#kernel';

const RETRY = { initialMs: 20, maxMs: 1_000 };
const PASSING = [
  'POSTGRES_UNAVAILABLE',
  'TIMED_OUT',
  'TRANSACTION_ROLLED_BACK',
  'OUTCOME_UNKNOWN',
] as const;

/** Whether that may go well a moment later, and can be done twice: it reads, or writes the same once more. */
export function isPassing(error: unknown): boolean {
  return PASSING.some((code) => isPostamtError(error, code));
}

/** Does it again after a growing wait where what went wrong may pass, for `retryMs`. */
export async function retryPassing<T>(
  act: () => Promise<T>,
  retryMs: number,
): Promise<T> {
  const deadline = performance.now() + retryMs;
  for (let failures = 1; ; failures += 1) {
    try {
      return await act();
    } catch (error) {
      const wait = backoffMs(RETRY, failures);
      if (!isPassing(error) || performance.now() + wait > deadline) throw error;
      await sleep(wait);
    }
  }
}
