/** What the faults of a run hit; rounds add up. */
export interface OutboxHits {
  /** Moves that a kill, of their relay, of their session or of their server, hit behind their locks and before COMMIT. */
  open: number;
  /** Moves that it hit inside COMMIT. */
  commit: number;
  /** Relays killed (SIGKILL). */
  relays: number;
  /** Relays that were halted inside a move for longer than their session lived. */
  halted: number;
  /** Sessions ended (`pg_terminate_backend`). */
  sessions: number;
  /** Backends killed (SIGKILL), which makes the server end all of them and recover. */
  backends: number;
  /** Kills of a whole server (SIGKILL of the postmaster). */
  servers: number;
  /** Times at which moves were committed and their answers lost. */
  answers: number;
  /** Turns of the ring. */
  turns: number;
}

export function noOutboxHits(): OutboxHits {
  return {
    open: 0,
    commit: 0,
    relays: 0,
    halted: 0,
    sessions: 0,
    backends: 0,
    servers: 0,
    answers: 0,
    turns: 0,
  };
}

export function addOutboxHits(sum: OutboxHits, more: OutboxHits): OutboxHits {
  const names = Object.keys(sum) as (keyof OutboxHits)[];
  const added = noOutboxHits();
  for (const name of names) added[name] = sum[name] + more[name];
  return added;
}
