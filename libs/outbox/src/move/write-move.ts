import { sqlStateOf, type BoundStatement, type Tx } from '#postgres';
import { isPostamtError, type PostamtError } from '#kernel';
import type { PlannedAppend, Topic } from '#log';
import { partitionForKey } from '#records';
import { cursorsStatement } from '../sql/insert-cursors.js';
import { parkedLanes } from '../sql/parked-lanes.js';
import { beginAttempts, moverOfAttempt, topicsNow } from './attempts.js';
import { fittingEvents } from './fitting-events.js';
import { laneName, laneOf } from './lane.js';
import { RETRY, type Mover } from './mover.js';
import type { OpenMove } from './open-move.js';
import { Parked } from './parked-source.js';
import type { PendingEvent } from './pending-event.js';
import { refusal } from './refusal.js';
import { rewind } from './rewind.js';
import { ship } from './ship.js';
import { sortEvents, withRefusals, type SortedEvents } from './sort-events.js';
import type { Source } from './source.js';

/** What a move has done, once it has committed. */
export interface WrittenMove {
  readonly shipped: number;
  readonly delayed: number;
  readonly held: number;
  /** Shards that have more than was taken, or in which something waits whose time is not known here. */
  readonly again: readonly number[];
}

const NOTHING = { shipped: 0, delayed: 0, held: 0 };

/** The appends of moves that failed: which of them is at fault can be found out. */
const appendsOfFailed = new WeakMap<object, readonly PlannedAppend[]>();

/** What the move that failed with this error was to append, where one of its partitions may be at fault. */
export function failedAppends(error: unknown): readonly PlannedAppend[] {
  return appendsOfFailed.get(error as object) ?? [];
}

/**
 * Ends a move: (4) appends the batches, notes them, puts aside what waits, moves the cursors and commits, in one flight.
 * Partition locks are taken in it, ascending, so that no stopped relay ever holds one.
 */
export async function writeMove(
  tx: Tx,
  asked: Mover,
  found: OpenMove,
): Promise<WrittenMove> {
  const { source } = found;
  if (!source) return { ...NOTHING, again: found.put };
  const retry = asked.retry ?? RETRY;
  const { taken, topics, mover } = await prepare(asked, source);
  const sorted = await sort(tx, mover, { found, source, taken, topics });
  const here = found.cursors[0]?.cursor.incarnation ?? '';
  const origin = source.origin ?? here;
  const shipment = await ship(tx, mover, sorted.ship, { topics, origin });
  const {
    ship: shipped,
    delayed,
    held,
  } = withRefusals(sorted, shipment.refused);
  const outcome = { taken, shipped, delayed, held };
  const { statements, settles, cut, ...end } = source.conclude(outcome, retry);
  const { statements: before, cursors } = rewind(delayed, end.cursors);
  const all: BoundStatement[] = [
    ...shipment.statements,
    ...before,
    ...statements,
  ];
  if (cursors.length > 0) all.push(cursorsStatement(cursors, settles));
  if (all.length > 0)
    await noting(shipment.appends, () =>
      shipment.write(() => tx.writeAndCommit(all)),
    );
  const unsettled = settles ? cursors.map((cursor) => cursor.shard) : [];
  return {
    shipped: shipped.length,
    delayed: delayed.length,
    held: held.length,
    again: [...new Set([...found.put, ...cut, ...unsettled])],
  };
}

/** What is taken of a source and what is known of where it goes; an attempt of parked keys is counted from here on. */
async function prepare(mover: Mover, source: Source) {
  const numbers = new Set(source.events.map((event) => event.topicNumber));
  const isParked = source instanceof Parked;
  const topics = isParked
    ? await topicsNow(mover, numbers)
    : await mover.catalogue.topicsByNumber(numbers);
  const taken = fittingEvents(source.events, topics);
  if (!isParked) return { taken, topics, mover };
  await beginAttempts(mover, source, taken);
  const trying = await moverOfAttempt(mover, source, taken, topics);
  return { taken, topics, mover: trying };
}

interface Sorting {
  readonly found: OpenMove;
  readonly source: Source;
  readonly taken: readonly PendingEvent[];
  readonly topics: ReadonlyMap<number, Topic>;
}

async function sort(
  tx: Tx,
  mover: Mover,
  { found, source, taken, topics }: Sorting,
): Promise<SortedEvents> {
  await mover.schemas?.learn(taken, topics);
  const parked =
    source.name === 'parked' ? [] : await lanesParked(tx, found, taken);
  return sortEvents(taken, {
    topics,
    parked: new Set(parked),
    nowMs: new Map(
      found.cursors.map(({ cursor, nowMs }) => [cursor.shard, nowMs]),
    ),
    refusal: (event, topic) =>
      refusal(event, topic) ??
      (topic && mover.schemas?.fault(event, topic)) ??
      (topic && brokenPartition(mover, event, topic)),
  });
}

/** Which lanes of the events are parked: asked only of shards that have parked keys. */
async function lanesParked(
  tx: Tx,
  { cursors }: OpenMove,
  events: readonly PendingEvent[],
): Promise<string[]> {
  const shards = new Set(
    cursors
      .filter(({ cursor }) => cursor.parked)
      .map(({ cursor }) => cursor.shard),
  );
  if (shards.size === 0) return [];
  const lanes = events.filter(({ shard }) => shards.has(shard)).map(laneOf);
  const rows = await tx.run(parkedLanes, [
    lanes.map(({ topicNumber }) => topicNumber),
    lanes.map(({ lane }) => lane),
  ]);
  return rows.map(laneName);
}

function brokenPartition(
  { broken }: Mover,
  { key }: PendingEvent,
  topic: Topic,
): PostamtError | undefined {
  if (!broken || broken.size === 0) return undefined;
  const { partitions } = topic;
  if (key !== null)
    return broken.get(
      partitions[partitionForKey(key, partitions.length)]?.id ?? -1,
    );
  // Without a key any partition does.
  const isRefused = partitions.every(({ id }) => broken.has(id));
  return isRefused ? broken.get(partitions[0]?.id ?? -1) : undefined;
}

/** Keeps, beside an error of the server's that has no meaning to the engine, what was to be appended. */
async function noting(
  appends: readonly PlannedAppend[],
  act: () => Promise<unknown>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!isPostamtError(error) && sqlStateOf(error) !== undefined)
      appendsOfFailed.set(error as object, appends);
    throw error;
  }
}
