import { PostamtError } from '#kernel';

/** How much may wait in the outbox. Events that are delayed or parked do not count. */
export interface BacklogLimits {
  /** The most events that may be pending: committed, and not moved yet. */
  readonly maxEvents?: number;
  /** How long the oldest of them may have waited, in milliseconds. */
  readonly maxAgeMs?: number;
}

/** What waits in the outbox. */
export interface BacklogMeasure {
  /** At most `maxEvents` + 1: counting stops there. */
  readonly pending: number;
  /** Null where nothing is pending. */
  readonly oldestPendingMs: number | null;
}

/** Throws INVALID_CONFIG for a limit that is none. */
export function checkBacklogLimits(limits: BacklogLimits): void {
  for (const name of ['maxEvents', 'maxAgeMs'] as const) {
    const limit = limits[name];
    if (limit === undefined || (Number.isSafeInteger(limit) && limit >= 0))
      continue;
    throw new PostamtError(
      'INVALID_CONFIG',
      `the outbox's backlog.${name} is ${String(limit)}: give a whole number`,
    );
  }
}

/** Why an event may not be published now; undefined where it may. */
export function decideBacklog(
  limits: BacklogLimits,
  measured: BacklogMeasure,
): string | undefined {
  const { maxEvents = Infinity, maxAgeMs = Infinity } = limits;
  const { pending, oldestPendingMs } = measured;
  if (pending > maxEvents)
    return `at least ${pending} events are pending in the outbox, and backlog.maxEvents is ${maxEvents}`;
  if (oldestPendingMs !== null && oldestPendingMs > maxAgeMs)
    return `the oldest event pending in the outbox has waited for ${oldestPendingMs} ms, and backlog.maxAgeMs is ${maxAgeMs}`;
  return undefined;
}
