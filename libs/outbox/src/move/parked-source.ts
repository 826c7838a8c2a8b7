import { bind, type BoundStatement, type Tx } from '#postgres';
import { readDueKeys, type DueKey } from '../sql/read-due-keys.js';
import type { ReadCursor } from '../sql/read-cursors.js';
import { readParked, type ParkedRow } from '../sql/read-parked.js';
import {
  noteFailures,
  releaseKeys,
  retryKeys,
  unparkEvents,
} from '../sql/release-keys.js';
import { laneName, laneOf } from './lane.js';
import type { MoveLimits } from './move-limits.js';
import type { PendingEvent } from './pending-event.js';
import { reasonOf } from './reason.js';
import type {
  Conclusion,
  HeldEvent,
  Outcome,
  RetryPolicy,
  Source,
} from './source.js';

const PARKED_KEYS = 500;

/** Parked keys whose next attempt is due, with what waits behind them. */
export async function parkedSource(
  tx: Tx,
  cursors: readonly ReadCursor[],
  limits: MoveLimits,
): Promise<Source | undefined> {
  const shards = cursors
    .filter(({ cursor }) => cursor.parked)
    .map(({ cursor }) => cursor.shard);
  if (shards.length === 0) return undefined;
  const keys = await tx.run(readDueKeys, [
    shards,
    limits.parkedKeys ?? PARKED_KEYS,
  ]);
  if (keys.length === 0) return undefined;
  const rows = await tx.run(readParked, [
    keys.map((key) => key.topicNumber),
    keys.map((key) => key.lane),
    limits.rowsPerShard,
    limits.bytesPerShard,
  ]);
  return new Parked(cursors, keys, rows);
}

/** The code of a key whose partition refused it. */
const PARTITION_REFUSES = 'POLICY_VIOLATION';

/** A source of keys that were parked: an attempt is counted before it is made. */
export class Parked implements Source {
  readonly name = 'parked';
  readonly events: readonly PendingEvent[];
  readonly hasMore = true;
  readonly keys: readonly DueKey[];
  /** The keys of which an attempt was counted. */
  counted: readonly DueKey[] = [];
  readonly #cursors: readonly ReadCursor[];
  /** By the events' own ids: one that was adopted may bear the id of another. */
  readonly #places: ReadonlyMap<string, bigint>;
  readonly #isCut: boolean;
  readonly #met: ReadonlySet<string>;

  constructor(
    cursors: readonly ReadCursor[],
    keys: readonly DueKey[],
    rows: readonly ParkedRow[],
  ) {
    this.events = rows.map((row) => row.event);
    this.keys = keys;
    this.#cursors = cursors;
    this.#places = new Map(
      rows.map(({ event, place }) => [event.eventId, place]),
    );
    this.#isCut = rows.some((row) => row.cut);
    this.#met = lanesOf(this.events);
  }

  /** The keys that are tried with these events: others may have been due, and found no room in the move. */
  tried(taken: readonly PendingEvent[]): DueKey[] {
    const lanes = lanesOf(taken);
    return this.keys.filter((key) => {
      const name = laneName(key);
      const isEmpty = !this.#isCut && !this.#met.has(name);
      return lanes.has(name) || isEmpty;
    });
  }

  /** Events whose partition refused their key before, or is known to refuse whatever it is given. */
  suspects(taken: readonly PendingEvent[]): PendingEvent[] {
    const names = new Set(
      this.keys
        .filter(({ code }) => code === PARTITION_REFUSES)
        .map((key) => laneName(key)),
    );
    if (names.size === 0) return [];
    return taken.filter((event) => names.has(laneName(laneOf(event))));
  }

  conclude({ taken, shipped, held }: Outcome, retry: RetryPolicy): Conclusion {
    const failed = held.filter(({ error }) => error !== undefined);
    const failing = lanesOf(failed.map(({ event }) => event));
    const flowing = this.tried(taken).filter(
      (key) => !failing.has(laneName(key)),
    );
    const lanes: [number[], Buffer[]] = [
      flowing.map((key) => key.topicNumber),
      flowing.map((key) => key.lane),
    ];
    return {
      statements: [
        bind(unparkEvents, [
          shipped.map((event) => event.topicNumber),
          shipped.map((event) => laneOf(event).lane),
          shipped.map((event) => this.#placeOf(event)),
        ]),
        // What is left of them, where not all could be taken, is tried at once.
        bind(releaseKeys, lanes),
        bind(retryKeys, lanes),
        ...(failed.length > 0 ? [noteStatement(failed, shipped, retry)] : []),
      ],
      cursors: this.#cursors.map(({ cursor }) => ({
        ...cursor,
        number: cursor.number + 1n,
      })),
      settles: true,
      cut: this.#cursors.map(({ cursor }) => cursor.shard),
    };
  }

  #placeOf({ eventId }: PendingEvent): bigint {
    return this.#places.get(eventId) as bigint;
  }
}

function lanesOf(events: readonly PendingEvent[]): ReadonlySet<string> {
  return new Set(events.map((event) => laneName(laneOf(event))));
}

function noteStatement(
  failed: readonly HeldEvent[],
  shipped: readonly PendingEvent[],
  retry: RetryPolicy,
): BoundStatement {
  const moved = lanesOf(shipped);
  const lanes = failed.map(({ event }) => laneOf(event));
  return bind(noteFailures, [
    lanes.map((lane) => lane.topicNumber),
    lanes.map((lane) => lane.lane),
    failed.map(({ error }) => error?.code ?? ''),
    failed.map(({ error }) => reasonOf(error)),
    lanes.map((lane) => moved.has(laneName(lane))),
    retry.maxAttempts,
    retry.backoffMs,
  ]);
}
