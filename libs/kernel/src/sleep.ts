import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for `milliseconds`, or less when `signal` aborts: it resolves in both cases, since whoever waits looks at the
 * signal anyway.
 */
export async function sleep(
  milliseconds: number,
  signal?: AbortSignal,
): Promise<void> {
  if (signal?.aborted) return;
  try {
    await delay(milliseconds, undefined, signal ? { signal } : {});
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}
