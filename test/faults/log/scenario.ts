import type { LogHistory } from '#testing';

/** What a scenario may draw on. */
export interface ScenarioRun {
  readonly random: () => number;
  /** How many times the fault is to strike. */
  readonly strikes: number;
  /** How long a halted process is left so at the least, in milliseconds. */
  readonly pauseMs: number;
}

/** What the faults of a scenario hit; a run adds them up. */
export interface Hits {
  /** Sessions ended, or killed with their server, inside an open append. */
  open: number;
  /** Sessions ended, or killed with their server, inside COMMIT. */
  commit: number;
  /** Answers to a COMMIT that the server gave and nobody got. */
  answers: number;
  /** Kills of a whole server (SIGKILL of the postmaster). */
  servers: number;
}

/** A run of producers and readers under one kind of fault. */
export interface Scenario {
  readonly name: string;
  /** Why it cannot be run here; undefined when it can. */
  readonly obstacle?: () => Promise<string | undefined>;
  /** Plays it; what the checker has to say of the history is not its affair. */
  readonly play: (run: ScenarioRun) => Promise<Played>;
}

/** What a scenario leaves to be judged. */
export interface Played {
  readonly history: LogHistory;
  readonly hits: Hits;
}

export function noHits(): Hits {
  return { open: 0, commit: 0, answers: 0, servers: 0 };
}

export function addHits(sum: Hits, more: Hits): Hits {
  return {
    open: sum.open + more.open,
    commit: sum.commit + more.commit,
    answers: sum.answers + more.answers,
    servers: sum.servers + more.servers,
  };
}
