import { performance } from 'node:perf_hooks';
import { PostamtError, sleep } from '#kernel';
import type { Database } from '#postgres';
import { judgeFlush, type Lag } from './judge-flush.js';
import {
  readReplicas,
  type Replicas,
  type Standby,
} from './sql/read-replicas.js';

/** How old what is known of the standbys may be where one replica is enough: they join and leave seldom. */
const FRESH_MS = 1_000;
/** A standby that has not flushed a commit for so long is not in sync (Kafka: `replica.lag.time.max.ms`). */
export const LAG_MAX_MS = 30_000;
const SHORTEST_LOOK_MS = 1;
const LONGEST_LOOK_MS = 20;

/**
 * The in-sync replicas of one database: this server, and the standbys that stream from it and keep up. Waiting for them
 * is done after COMMIT, with no lock held: a standby that is gone delays nobody but who asked for `acks=all`.
 */
export class InSyncReplicas {
  readonly #db: Database;
  readonly #lag = new Map<number, Lag>();
  #known: { readonly replicas: Replicas; readonly at: number } | undefined;
  #looking: Promise<Replicas> | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * Checks that enough replicas are in sync, before an append.
   *
   * @throws PostamtError NOT_ENOUGH_REPLICAS
   */
  async require(needed: number): Promise<void> {
    if (needed <= 1) return;
    const replicas = await this.#look();
    const inSync = 1 + replicas.standbys.filter((s) => !this.#lags(s)).length;
    if (inSync >= needed) return;
    throw new PostamtError(
      'NOT_ENOUGH_REPLICAS',
      `${inSync} of the ${needed} replicas that min.insync.replicas asks for are in sync; nothing was appended${hint(replicas)}`,
    );
  }

  /**
   * Waits until the in-sync standbys have flushed everything that this server has flushed now, for `timeoutMs` at most.
   *
   * @throws PostamtError NOT_ENOUGH_REPLICAS_AFTER_APPEND; OUTCOME_UNKNOWN where the server that committed was lost while
   * it was waited for: another one may have taken its place without what it had
   */
  async flushed({
    needed,
    timeline,
    timeoutMs = LAG_MAX_MS,
  }: FlushWait): Promise<void> {
    if (needed <= 1 && this.#isKnownToBeAlone()) return;
    const begun = performance.now();
    const first = await this.#lookFor(timeline, () => this.#lookAnew());
    const target = first.flushed;
    let look = SHORTEST_LOOK_MS;
    for (let replicas = first; ;) {
      const waitedMs = performance.now() - begun;
      const expired = waitedMs >= timeoutMs;
      const lag = this.#lag;
      const verdict = judgeFlush({ replicas, target, needed, lag, expired });
      if (verdict === 'done') return;
      if (verdict === 'too few') throw tooFew(needed, replicas, waitedMs);
      await sleep(look);
      look = Math.min(look * 2, LONGEST_LOOK_MS);
      replicas = await this.#lookFor(timeline, () => this.#look());
    }
  }

  /** What the primary sees of its standbys now. */
  async read(): Promise<Replicas> {
    return this.#lookAnew();
  }

  /** Looks at the standbys of the server that committed, and of no other one. */
  async #lookFor(
    timeline: number,
    look: () => Promise<Replicas>,
  ): Promise<Replicas> {
    try {
      const replicas = await look();
      if (replicas.timeline === timeline) return replicas;
    } catch (error) {
      throw lost(error);
    }
    throw lost();
  }

  #lags({ pid, flushed }: Standby): boolean {
    const lag = this.#lag.get(pid);
    return lag !== undefined && flushed < lag.target;
  }

  #isKnownToBeAlone(): boolean {
    if (!this.#known || performance.now() - this.#known.at > FRESH_MS)
      return false;
    return this.#known.replicas.standbys.length === 0;
  }

  /** One look for all who ask meanwhile. */
  async #look(): Promise<Replicas> {
    this.#looking ??= this.#lookAnew().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookAnew(): Promise<Replicas> {
    const [replicas] = await this.#db.write(readReplicas, []);
    this.#known = { replicas: replicas as Replicas, at: performance.now() };
    return this.#known.replicas;
  }
}

/** What is waited for after an append. */
export interface FlushWait {
  /** `min.insync.replicas`, this server among them. */
  readonly needed: number;
  /** The timeline of the server that committed. */
  readonly timeline: number;
  /** How long, in milliseconds; 30,000 by default. */
  readonly timeoutMs?: number | undefined;
}

const ofDatabase = new WeakMap<Database, InSyncReplicas>();

/** The in-sync replicas of a database; one for all who write through it. */
export function inSyncReplicas(db: Database): InSyncReplicas {
  const known = ofDatabase.get(db);
  if (known) return known;
  const replicas = new InSyncReplicas(db);
  ofDatabase.set(db, replicas);
  return replicas;
}

function lost(cause?: unknown): PostamtError {
  return new PostamtError(
    'OUTCOME_UNKNOWN',
    'the server was lost while its standbys were waited for: what it committed may be on them or not; read back before doing it again',
    { cause },
  );
}

function tooFew(
  needed: number,
  replicas: Replicas,
  waitedMs: number,
): PostamtError {
  return new PostamtError(
    'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    `the append is committed here, and ${needed} replicas did not flush it within ${Math.round(waitedMs)} ms: ${replicas.standbys.length} standbys stream now${hint(replicas)}`,
  );
}

function hint({ hidden }: Replicas): string {
  if (hidden === 0) return '';
  return `; ${hidden} connections of standbys cannot be seen: grant pg_monitor to this role`;
}
