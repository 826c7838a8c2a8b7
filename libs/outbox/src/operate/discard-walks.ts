import { bind, type BoundStatement } from '#postgres';
import { laneName } from '../move/lane.js';
import { releaseKeys, retryKeys, unparkEvents } from '../sql/release-keys.js';
import type { Reach } from './reach.js';
import { forgetDelayed } from './sql/forget-delayed.js';
import { noteDiscarded } from './sql/note-discarded.js';
import { readUnreleased, type UnreleasedRow } from './sql/read-unreleased.js';
import { readWaiting, type WaitingRow } from './sql/read-waiting.js';
import type { WaitingEvent } from './waiting-event.js';
import type { Walk } from './walk.js';

const MOST_BYTES = 16 * 1024 * 1024;
const FIRST_TOPIC = -1;
/** Behind every place of a lane. */
const LAST_PLACE = 2n ** 63n - 1n;
const OPERATOR = 'operator';

/** What is to be discarded in a shard. */
export interface Discarding {
  readonly reach: Reach;
  readonly eventId: string | null;
  readonly key: Buffer | null;
  readonly status: string | undefined;
  readonly by: string | undefined;
}

/**
 * Discards parked events, or (`headsOnly`) of each key the one that failed. A key that has lost its head is tried at once:
 * what comes next has not failed.
 */
export function parkedWalk(
  { reach, eventId, status, by = OPERATOR }: Discarding,
  headsOnly: boolean,
): Walk<WaitingRow> {
  // Of each key once: whoever comes to the head now was not looked at.
  const onceAKey = headsOnly || status === 'FAILED';
  return {
    read: (runner, after, most) =>
      runner.run(readWaiting, [
        reach.shard,
        reach.topicNumber,
        reach.lane,
        eventId,
        status ?? null,
        headsOnly,
        after?.event.topicNumber ?? FIRST_TOPIC,
        after?.lane ?? Buffer.alloc(0),
        after ? (onceAKey ? LAST_PLACE : after.place) : 0n,
        most,
        MOST_BYTES,
      ]),
    statements: (rows, goesOn) => {
      const heads = rows.filter(({ head }) => head);
      // Of a key that the next page goes on with, relays are not to try what is left.
      const last = goesOn && !onceAKey ? rows.at(-1)?.lane : undefined;
      const left = heads.filter(({ lane }) => !last?.equals(lane));
      return [
        bind(unparkEvents, [
          rows.map(({ event }) => event.topicNumber),
          rows.map(({ lane }) => lane),
          rows.map(({ place }) => place),
        ]),
        noteStatement(reach.shard, rows, by),
        bind(releaseKeys, lanesOf(heads)),
        bind(retryKeys, lanesOf(left)),
      ];
    },
    event: (row) => row.event,
    kept: (row) => ({ ...row.event, ...row.payload }),
    hasMore: (rows) => rows.at(-1)?.cut === true,
  };
}

/** Discards delayed events that were not released. */
export function delayedWalk({
  reach,
  eventId,
  key,
  by = OPERATOR,
}: Discarding): Walk<UnreleasedRow> {
  return {
    read: (runner, after, most) =>
      runner.run(readUnreleased, [
        reach.shard,
        reach.topicNumber,
        key,
        eventId,
        after?.dueAt ?? 0,
        after?.event.id ?? 0n,
        most,
        MOST_BYTES,
      ]),
    statements: (rows) => [
      bind(forgetDelayed, [
        reach.shard,
        rows.map(({ dueAt }) => dueAt),
        rows.map(({ event }) => event.id),
      ]),
      noteStatement(reach.shard, rows, by),
    ],
    event: (row) => row.event,
    kept: (row) => ({ ...row.event, ...row.payload }),
    hasMore: (rows) => rows.at(-1)?.cut === true,
  };
}

function noteStatement(
  shard: number,
  rows: readonly { readonly event: WaitingEvent }[],
  by: string,
): BoundStatement {
  return bind(noteDiscarded, [
    shard,
    rows.map(({ event }) => event.topicNumber),
    rows.map(({ event }) => event.id),
    rows.map(({ event }) => event.eventId),
    by,
  ]);
}

function lanesOf(rows: readonly WaitingRow[]): [number[], Buffer[]] {
  const lanes = new Map(
    rows.map(({ event: { topicNumber }, lane }) => [
      laneName({ topicNumber, lane }),
      { topicNumber, lane },
    ]),
  );
  return [
    [...lanes.values()].map(({ topicNumber }) => topicNumber),
    [...lanes.values()].map(({ lane }) => lane),
  ];
}
