import type { Replicas } from '#log';

/** A standby that streams: whether it keeps up, and how far it is behind. */
export interface JudgedStandby {
  readonly name: string;
  readonly state: 'in-sync' | 'behind';
  /** Bytes of WAL that this server has flushed and the standby has not. */
  readonly lagBytes: bigint;
}

/**
 * A standby keeps up that has flushed what this server had flushed when it was first looked at: on a server that is
 * written to, everybody is some bytes behind at any moment.
 */
export function judgeStandbys(target: bigint, now: Replicas): JudgedStandby[] {
  return now.standbys.map(({ name, flushed }) => ({
    name,
    state: flushed >= target ? 'in-sync' : 'behind',
    lagBytes: now.flushed > flushed ? now.flushed - flushed : 0n,
  }));
}
