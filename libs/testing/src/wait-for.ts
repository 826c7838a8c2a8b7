import { PostamtError, sleep } from '#kernel';

export interface WaitOptions {
  /** How long to wait at the most, in milliseconds; 30,000 by default. */
  readonly timeoutMs?: number;
  /** How long between two looks, in milliseconds; 10 by default. */
  readonly intervalMs?: number;
}

/**
 * Looks until `condition` gives something other than undefined, null or false, and resolves to that.
 *
 * @throws PostamtError TIMED_OUT naming `what` and the last error that the condition threw, if it threw.
 *
 * @example
 * await waitFor('the event to be published', async () => (await statusOf(id)) === 'PUBLISHED');
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<Awaited<T>, undefined | null | false>> {
  const { timeoutMs = 30_000, intervalMs = 10 } = options;
  const deadline = Date.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value !== undefined && value !== null && value !== false) {
        return value as Exclude<Awaited<T>, undefined | null | false>;
      }
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (Date.now() >= deadline) {
      const words = `waited ${timeoutMs} ms in vain for ${what}`;
      throw new PostamtError('TIMED_OUT', words, { cause });
    }
    await sleep(intervalMs);
  }
}
