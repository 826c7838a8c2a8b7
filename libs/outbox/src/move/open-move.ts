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
  const special = await specialSource(tx, cursors, limits, foreign);
  if (!special) {
    const lowId = locks[0]?.lowId ?? 0n;
    const source = await differenceSource(tx, cursors, limits, lowId);
    return { ...move, source };
  }
  const looked = new Set(special.cursors.map(({ cursor }) => cursor.shard));
  const put = locked.filter((shard) => !looked.has(shard));
  return { ...move, cursors: special.cursors, source: special.source, put };
}

/** What comes before that which is new: rows of another server, keys to be tried again, delayed events that are due. */
async function specialSource(
  tx: Tx,
  cursors: readonly ReadCursor[],
  limits: MoveLimits,
  foreign: ReadonlySet<number>,
): Promise<{ source: Source; cursors: readonly ReadCursor[] } | undefined> {
  const strange = cursors.filter(
    ({ fresh, cursor }) => fresh || foreign.has(cursor.shard),
  );
  if (strange.length > 0) {
    const source = await foreignSource(tx, strange, limits);
    if (source) return { source, cursors: strange };
  }
  const due = cursors.filter(
    ({ cursor, nowMs }) => (cursor.nextDue ?? Infinity) <= nowMs,
  );
  if (due.length === 0) return undefined;
  const source = await dueSource(tx, due, limits);
  return source && { source, cursors: due };
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
