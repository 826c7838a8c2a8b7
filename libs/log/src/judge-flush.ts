import type { Replicas } from './sql/read-replicas.js';

/** A standby that was given up on: it is in sync again once it has flushed what it was waited for. */
export interface Lag {
  readonly target: bigint;
}

export interface FlushState {
  readonly replicas: Replicas;
  /** How far they are to flush. */
  readonly target: bigint;
  /** `min.insync.replicas`, this server among them. */
  readonly needed: number;
  /** Those given up on, by process; what this call gives up on is added, what has caught up is taken out. */
  readonly lag: Map<number, Lag>;
  /** Whether they have been waited for long enough. */
  readonly expired: boolean;
}

/**
 * Says whether an append is on all in-sync replicas, as Kafka's `acks=all` has it: those that have left meanwhile do not
 * count any more, those that take too long are given up on, and what is left must be enough.
 */
export function judgeFlush(state: FlushState): 'done' | 'wait' | 'too few' {
  const { replicas, target, needed, lag, expired } = state;
  let copies = 1;
  let missing = 0;
  for (const { pid, flushed } of replicas.standbys) {
    const behind = lag.get(pid);
    if (behind && flushed >= behind.target) lag.delete(pid);
    if (flushed >= target) copies += 1;
    else if (expired) lag.set(pid, { target });
    else if (!lag.has(pid)) missing += 1;
  }
  if (missing === 0 && copies >= needed) return 'done';
  return expired ? 'too few' : 'wait';
}
