/** How long to wait before attempt n + 1: doubled from `initialMs` up to `maxMs`, of which a random half is taken off. */
export interface BackoffPolicy {
  /** The first wait, in milliseconds. */
  readonly initialMs: number;
  /** The longest wait, in milliseconds. */
  readonly maxMs: number;
}

/**
 * The wait in milliseconds after `failures` failures in a row (1 = the first). The jitter keeps many clients of one
 * server that came back from knocking at the same moment.
 *
 * @example
 * await sleep(backoffMs({ initialMs: 50, maxMs: 5_000 }, failures), signal);
 */
export function backoffMs(
  policy: BackoffPolicy,
  failures: number,
  random: () => number = Math.random,
): number {
  const doubled = policy.initialMs * 2 ** Math.min(failures - 1, 30);
  const wait = Math.min(policy.maxMs, doubled);
  return Math.round(wait / 2 + (random() * wait) / 2);
}
