import { backoffMs, isPostamtError, sleep } from '#kernel';
import { bind, type BoundStatement, type Database } from '#postgres';
import type { Assignor } from '../assignors/assignor.js';
import { takeTurn } from '../coordinate/turn.js';
import { leaveGroup } from '../sql/change-member.js';

/** What a beat has found to be done. */
export interface DueRequest {
  readonly observer: bigint;
  readonly assignors: ReadonlyMap<string, Assignor>;
  /** Groups whose turn it is. */
  readonly groups: readonly number[];
  /** Members of this session that nobody here knows of, because an answer was lost: they leave. */
  readonly strays: readonly Stray[];
}

/** A member by its number. */
export interface Stray {
  readonly groupId: number;
  readonly number: number;
}

/** What could not be done is tried again after so long. */
const RETRY = { initialMs: 100, maxMs: 1_000 };

/**
 * Takes the turns that a beat has found to be due. They may take long, since they wait for zombies and locks and for a
 * server that does not answer: beats go on meanwhile. One that fails keeps no other one from being taken.
 */
export class DueTurns {
  readonly #db: Database;
  #underWay: Promise<boolean> | undefined;
  #rounds = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * Takes them, unless earlier ones are under way still, and waits for them, but no longer than `limitMs`.
   *
   * @returns after how many milliseconds there may be something left to do; Infinity = nothing
   */
  async take(request: DueRequest, limitMs: number): Promise<number> {
    const isOwn = this.#underWay === undefined;
    if (isOwn && request.groups.length + request.strays.length === 0) {
      this.#rounds = 0;
      return Infinity;
    }
    const round = (this.#underWay ??= this.#begin(request));
    const ended = new AbortController();
    const limit = sleep(limitMs, ended.signal).then(() => true);
    // What is due beside a round that was under way comes next.
    const isLeft = (await Promise.race([round, limit])) || !isOwn;
    ended.abort();
    this.#rounds = isLeft ? this.#rounds + 1 : 0;
    return isLeft ? backoffMs(RETRY, this.#rounds) : Infinity;
  }

  /** Resolves once none is under way any more. */
  async settled(): Promise<void> {
    await this.#underWay;
  }

  async #begin(request: DueRequest): Promise<boolean> {
    try {
      return await this.#takeAll(request);
    } finally {
      this.#underWay = undefined;
    }
  }

  async #takeAll({ groups, strays, ...basis }: DueRequest): Promise<boolean> {
    let isLeft = false;
    for (const { groupId, number } of strays) {
      const happening = bind(leaveGroup, [number]);
      isLeft = (await this.#take(basis, groupId, happening)) || isLeft;
    }
    for (const groupId of groups)
      isLeft = (await this.#take(basis, groupId)) || isLeft;
    return isLeft;
  }

  /** Says whether there is something left to do. */
  async #take(
    basis: Pick<DueRequest, 'observer' | 'assignors'>,
    groupId: number,
    happening?: BoundStatement,
  ): Promise<boolean> {
    const turn = happening
      ? { ...basis, groupId, happening, waits: true }
      : { ...basis, groupId, waits: false };
    try {
      const result = await takeTurn(this.#db, turn);
      return result?.unfinished ?? false;
    } catch (err) {
      if (isPostamtError(err, 'CLOSED')) return false;
      this.#db.logger.warn({ err, groupId }, 'the turn of a group failed');
      return true;
    }
  }
}
