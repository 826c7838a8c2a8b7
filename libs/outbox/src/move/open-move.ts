import { bind, type BoundStatement, type LockKeys, type Tx } from '#postgres';
import { planByIndexes } from '../sql/plan-by-indexes.js';
import { readCursors, type ReadCursor } from '../sql/read-cursors.js';
import { tryShards } from '../sql/try-shards.js';
import { delayedSource } from './delayed-source.js';
import { differenceSource } from './difference-source.js';
import { foreignSource } from './foreign-source.js';
import { READ, type MoveLimits } from './move-limits.js';
import { parkedSource } from './parked-source.js';
import type { Source } from './source.js';

/** What a move found, before it writes: the locks of `shards` are held until its transaction ends. */
export interface OpenMove {
  readonly shards: readonly number[];
  readonly cursors: readonly ReadCursor[];
  readonly source: Source | undefined;
  /** Locked, and not looked at, since others came first. */
  readonly put: readonly number[];
}

/**
 * The first statements of a move: (1) tries the locks, (2) reads cursors and snapshot. In this order, each in a statement
 * of its own: a snapshot or a cursor read before the lock was held is older than what the last holder wrote.
 */
export function openingOf(
  keys: LockKeys,
  shards: readonly number[],
): BoundStatement[] {
  // As lockKeys has its keys: the statement pairs each shard with the key at its place.
  const ascending = [...new Set(shards)].sort((a, b) => a - b);
  return [
    bind(planByIndexes, []),
    bind(tryShards, [ascending, keys.lockKeys('outboxShard', ascending)]),
    bind(readCursors, [ascending]),
  ];
}

/**
 * Opens a move: its first statements, unless they were sent with BEGIN, and then (3) reads the events of one source.
 * `foreign` names shards in which rows of another server were seen.
 */
export async function openMove(
  tx: Tx,
  shards: readonly number[],
  limits: MoveLimits = READ,
  foreign: ReadonlySet<number> = new Set(),
): Promise<OpenMove> {
  const [, tried = [], read = []] =
    tx.opened.length > 0 ? tx.opened : await tx.send(openingOf(tx, shards));
  const locks = tried.map((row) => tryShards.mapRow(row));
  const locked = locks.map(({ shard }) => shard);
  const held = new Set(locked);
  const cursors = read
    .map((row) => readCursors.mapRow(row))
    .filter(({ cursor }) => held.has(cursor.shard));
  const move = { shards: locked, cursors, source: undefined, put: [] };
  if (cursors.length === 0) return move;
  const lowId = locks[0]?.lowId ?? 0n;
  const special =
    (await foreignFirst(tx, cursors, limits, foreign)) ??
    (await newElsewhere(tx, cursors, limits, lowId)) ??
    (await dueFirst(tx, cursors, limits));
  if (!special) {
    const source = await differenceSource(tx, cursors, limits, lowId);
    return { ...move, source };
  }
  const looked = new Set(special.cursors.map(({ cursor }) => cursor.shard));
  const put = locked.filter((shard) => !looked.has(shard));
  return { ...move, cursors: special.cursors, source: special.source, put };
}

interface Found {
  readonly source: Source;
  readonly cursors: readonly ReadCursor[];
}

/** Rows of another server come before everything of their shard. */
async function foreignFirst(
  tx: Tx,
  cursors: readonly ReadCursor[],
  limits: MoveLimits,
  foreign: ReadonlySet<number>,
): Promise<Found | undefined> {
  const strange = cursors.filter(
    ({ fresh, cursor }) => fresh || foreign.has(cursor.shard),
  );
  if (strange.length === 0) return undefined;
  const source = await foreignSource(tx, strange, limits);
  return source && { source, cursors: strange };
}

/**
 * After a move of delayed events, what is new in shards in which nothing is due: where events fall due all the time, some
 * shard always has one, and the others would be put off for ever.
 */
async function newElsewhere(
  tx: Tx,
  cursors: readonly ReadCursor[],
  limits: MoveLimits,
  lowId: bigint,
): Promise<Found | undefined> {
  if (limits.after !== 'delayed') return undefined;
  const others = cursors.filter((cursor) => !isDue(cursor));
  if (others.length === cursors.length) return undefined;
  const source = await differenceSource(tx, others, limits, lowId);
  return source && { source, cursors: others };
}

/** Keys to be tried again, and delayed events that are due, come before what is new of their shard. */
async function dueFirst(
  tx: Tx,
  cursors: readonly ReadCursor[],
  limits: MoveLimits,
): Promise<Found | undefined> {
  const due = cursors.filter(isDue);
  if (due.length === 0) return undefined;
  const source = await dueSource(tx, due, limits);
  return source && { source, cursors: due };
}

function isDue({ cursor, nowMs }: ReadCursor): boolean {
  return (cursor.nextDue ?? Infinity) <= nowMs;
}

/**
 * Keys to be tried take turns with the rest: there may always be some due. Delayed events come before what is new, so that
 * of two of a key that are due the later one does not go first.
 */
async function dueSource(
  tx: Tx,
  due: readonly ReadCursor[],
  limits: MoveLimits,
): Promise<Source | undefined> {
  const areTried = limits.after !== 'parked';
  const parked = areTried ? await parkedSource(tx, due, limits) : undefined;
  if (parked) return parked;
  const delayed = await delayedSource(tx, due, limits);
  return areTried || delayed.events.length > 0 ? delayed : undefined;
}
