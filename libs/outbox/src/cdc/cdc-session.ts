import { performance } from 'node:perf_hooks';
import { isPostamtError, PostamtError } from '#kernel';
import {
  Catalogue,
  isStaleCatalogue,
  raiseLeaderEpochs,
  type Topic,
} from '#log';
import { parseLsn, type Database, type StreamedTransaction } from '#postgres';
import { fittingEvents } from '../move/fitting-events.js';
import { KnownSchemas } from '../move/known-schemas.js';
import type { PendingEvent } from '../move/pending-event.js';
import { decodeMessage } from './cdc-message.js';
import { moveStreamed, type CdcMoved, type CdcMover } from './cdc-move.js';
import { Detours } from './detours.js';
import {
  NO_POSITION,
  prunePositions,
  readPosition,
  type CdcPosition,
} from './sql/cdc-positions.js';

/** What became of some transactions. */
export interface SessionMove {
  readonly moved: number;
  readonly detoured: number;
  readonly malformed: number;
}

/** A transaction's events, decoded. */
interface Decoded {
  readonly commitLsn: bigint;
  readonly events: readonly PendingEvent[];
  readonly malformed: number;
}

const PRUNE_INTERVAL_MS = 10_000;
/** How often what this process knows of topics may turn out to be out of date in a row. */
const MOST_ATTEMPTS = 5;

/** Moves what one stream of a slot brings: from the position that was noted last to where the stream ends. */
export class CdcSession {
  readonly #mover: CdcMover;
  readonly #detours: Detours;
  #position: CdcPosition;
  #pruneAt = performance.now() + PRUNE_INTERVAL_MS;
  #pruned: bigint;

  private constructor(mover: CdcMover, position: CdcPosition) {
    this.#mover = mover;
    this.#detours = new Detours(mover.db, mover.slot);
    this.#position = position;
    this.#pruned = position.number;
  }

  /**
   * Reads where to go on from. To be called when the slot is held: what is read before may be behind.
   *
   * @throws PostamtError SLOT_LOST for a position of another server, of which a copy was restored here
   */
  static async open(
    db: Database,
    { slot, id }: { readonly slot: string; readonly id: string },
  ): Promise<CdcSession> {
    const [position = NO_POSITION] = await db.run(readPosition, [slot]);
    if (!position.isHere) {
      throw new PostamtError(
        'SLOT_LOST',
        `the position of slot ${slot} was noted on another server, and means nothing here: drop the slot and make it anew`,
      );
    }
    const mover = {
      db,
      catalogue: new Catalogue(db),
      schemas: new KnownSchemas(db),
      slot,
      relay: id,
    };
    return new CdcSession(mover, position);
  }

  /** Moves whole transactions: those that are not in the log yet, as many at once as go into one transaction. */
  async *move(
    taken: readonly StreamedTransaction[],
  ): AsyncGenerator<SessionMove> {
    let rest = taken
      .filter(({ commitLsn }) => commitLsn > this.#position.lsn)
      .map((each) => this.#decode(each));
    while (rest.length > 0) {
      const group = await this.#fitting(rest);
      rest = rest.slice(group.length);
      const malformed = group.reduce((sum, each) => sum + each.malformed, 0);
      const events = group.flatMap((each) => each.events);
      const lsn = group.at(-1)?.commitLsn ?? 0n;
      const done = events.length > 0 ? await this.#moveAll(events, lsn) : null;
      const detoured = done?.detoured.length ?? 0;
      yield { moved: done?.moved ?? 0, detoured, malformed };
    }
  }

  /** Up to where the server has written its WAL, with the last move in it. */
  async writtenUpTo(): Promise<bigint> {
    const text = 'select pg_current_wal_insert_lsn()::text as lsn';
    const { rows } = await this.#mover.db.query(text);
    return parseLsn(rows[0]?.lsn as string);
  }

  /** Deletes, now and then, positions that this session has left behind. */
  async prune(): Promise<void> {
    const now = performance.now();
    const { number } = this.#position;
    if (now < this.#pruneAt || number === this.#pruned) return;
    this.#pruneAt = now + PRUNE_INTERVAL_MS;
    this.#pruned = number;
    const { db, slot } = this.#mover;
    await db.run(prunePositions, [slot, number]);
  }

  #decode({ commitLsn, messages }: StreamedTransaction): Decoded {
    const { db, slot } = this.#mover;
    let malformed = 0;
    const events = messages.flatMap((message) => {
      try {
        return decodeMessage(message);
      } catch (error) {
        if (!isPostamtError(error, 'INVALID_RECORD')) throw error;
        malformed += 1;
        db.logger.error({ err: error, slot }, 'left out a logical message');
        return [];
      }
    });
    return { commitLsn, events, malformed };
  }

  /** The leading transactions that go to no more partitions than a transaction may lock, and one at least. */
  async #fitting(rest: readonly Decoded[]): Promise<readonly Decoded[]> {
    const events = rest.flatMap((each) => each.events);
    const fit = fittingEvents(events, await this.#topicsOf(events)).length;
    if (fit === events.length) return rest;
    let count = 0;
    let sum = 0;
    for (const each of rest) {
      sum += each.events.length;
      if (sum > fit) break;
      count += 1;
    }
    return rest.slice(0, Math.max(1, count));
  }

  async #topicsOf(
    events: readonly PendingEvent[],
  ): Promise<ReadonlyMap<number, Topic>> {
    const numbers = new Set(events.map(({ topicNumber }) => topicNumber));
    return this.#mover.catalogue.topicsByNumber(numbers);
  }

  /** Moves events, and once more where what is known of their topics was out of date. */
  async #moveAll(
    events: readonly PendingEvent[],
    lsn: bigint,
  ): Promise<CdcMoved> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const detours = await this.#detours.lanesFor(events);
        const move = { events, last: this.#position, lsn, detours };
        const done = await moveStreamed(this.#mover, move);
        this.#position = done.position;
        this.#detours.add(done.lanes);
        return done;
      } catch (error) {
        if (!isStaleCatalogue(error) || attempt >= MOST_ATTEMPTS) throw error;
        await this.#renew(events, error);
      }
    }
  }

  /** After a promotion the epochs of the topics are raised, as whoever appends first does. */
  async #renew(events: readonly PendingEvent[], error: unknown): Promise<void> {
    const { db, catalogue } = this.#mover;
    if (isPostamtError(error, 'STALE_TIMELINE')) {
      const topics = await this.#topicsOf(events);
      await raiseLeaderEpochs(db, [...topics.keys()]);
    }
    catalogue.clear();
  }
}
