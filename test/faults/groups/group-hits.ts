/** What the faults of a run hit; rounds add up. */
export interface GroupHits {
  /** Members killed (SIGKILL) inside their handler. */
  handler: number;
  /** Members killed while a commit of theirs stood inside COMMIT. */
  commit: number;
  /** Members killed between the check of a commit and its COMMIT. */
  checked: number;
  /** Members killed inside a turn of their group, or while they were asked for a partition. */
  rebalance: number;
  /** Members stopped (SIGSTOP) for longer than their session, and continued. */
  stopped: number;
  /** Those of them that were stopped between the check of a commit and its COMMIT. */
  stalled: number;
  /** Members cut off from Postgres for longer than their session, and connected again. */
  cut: number;
  /** Sessions ended (`pg_terminate_backend`). */
  sessions: number;
  /** Members that joined, and that left (SIGTERM). */
  joined: number;
  left: number;
  /** Static members restarted. */
  restarted: number;
  /** Partitions added. */
  partitions: number;
  /** Members that joined at once. */
  crowd: number;
  /** Kills of a whole server (SIGKILL of the postmaster). */
  servers: number;
}

export function noGroupHits(): GroupHits {
  return {
    handler: 0,
    commit: 0,
    checked: 0,
    rebalance: 0,
    stopped: 0,
    stalled: 0,
    cut: 0,
    sessions: 0,
    joined: 0,
    left: 0,
    restarted: 0,
    partitions: 0,
    crowd: 0,
    servers: 0,
  };
}

export function addGroupHits(sum: GroupHits, more: GroupHits): GroupHits {
  const names = Object.keys(sum) as (keyof GroupHits)[];
  const added = noGroupHits();
  for (const name of names) added[name] = sum[name] + more[name];
  return added;
}

export function describeHits(hits: GroupHits): string {
  return `killed inside a handler: ${hits.handler}, inside a commit: ${hits.commit} and ${hits.checked} behind its check, inside a rebalance: ${hits.rebalance}; stopped beyond their session: ${hits.stopped} (${hits.stalled} inside a commit), cut off: ${hits.cut}, sessions ended: ${hits.sessions}; joined: ${hits.joined}, left: ${hits.left}, static ones restarted: ${hits.restarted}, joined at once: ${hits.crowd}; partitions added: ${hits.partitions}; servers killed: ${hits.servers}`;
}
