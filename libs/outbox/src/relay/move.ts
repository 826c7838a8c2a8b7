import { randomInt } from 'node:crypto';
import {
  afterAppend,
  appendStatement,
  explaining,
  lockPartitions,
  type Catalogue,
} from '#log';
import { bind, type BoundStatement, type Database, type Tx } from '#postgres';
import { cursorsStatement } from '../sql/insert-cursors.js';
import { readCursors, type ReadCursor } from '../sql/read-cursors.js';
import { readDifference } from '../sql/read-difference.js';
import { readForeign } from '../sql/read-foreign.js';
import { recordBatch } from '../sql/record-batch.js';
import { tryShards } from '../sql/try-shards.js';
import { boundMove } from './bound-move.js';
import { buildBatches, type OutboxBatch } from './build-batches.js';
import { advance, windowOf } from './cursor.js';
import type { OpenMove } from './open-move.js';
import type { PendingEvent } from './pending-event.js';

/** What one move may take. */
export interface MoveLimits {
  readonly rowsPerShard: number;
  readonly bytesPerShard: number;
}

/** Who moves, and where to. */
export interface Mover {
  readonly db: Database;
  readonly catalogue: Catalogue;
  /** Noted beside each batch: which relay moved it. */
  readonly relay: string;
}

export interface Moved {
  readonly events: number;
  /** Shards whose lock another relay held. */
  readonly busy: readonly number[];
  /** Shards that have more to be moved at once. */
  readonly more: readonly number[];
}

const MOST_PARTITIONS = 2 ** 31;
const READ: MoveLimits = {
  rowsPerShard: 20_000,
  bytesPerShard: 32 * 1024 * 1024,
};

/**
 * Moves what is pending in those of `shards` whose lock is free: events, cursors and COMMIT in one transaction, so that
 * every committed event is in its topic exactly once, whatever dies and when.
 *
 * @throws PostamtError as the append does; nothing was moved then. After OUTCOME_UNKNOWN the next move reads the cursor
 * and knows.
 */
export async function moveShards(
  mover: Mover,
  shards: readonly number[],
  limits: MoveLimits = READ,
): Promise<Moved> {
  return mover.db.transaction(
    async (tx) => {
      const move = await openMove(tx, shards, limits);
      const { events, cut } = await writeMove(tx, mover, move);
      const busy = shards.filter((shard) => !move.shards.includes(shard));
      return { events: events.length, busy, more: cut };
    },
    { writer: true },
  );
}

/**
 * Opens a move: (1) tries the locks, (2) reads cursors and snapshot, (3) reads the difference. In this order, each in a
 * statement of its own: a snapshot or a cursor read before the lock was held is older than what the last holder wrote.
 */
export async function openMove(
  tx: Tx,
  shards: readonly number[],
  limits: MoveLimits = READ,
): Promise<OpenMove> {
  // As lockKeys has its keys: the statement pairs each shard with the key at its place.
  const ascending = [...new Set(shards)].sort((a, b) => a - b);
  const [tried = [], read = []] = await tx.send([
    bind(tryShards, [ascending, tx.lockKeys('outboxShard', ascending)]),
    bind(readCursors, [ascending]),
  ]);
  const locked = tried.map((row) => tryShards.mapRow(row));
  const cursors = read.map((row) => readCursors.mapRow(row));
  const held = new Set(locked);
  const ours = cursors.filter(({ cursor }) => held.has(cursor.shard));
  const nothing = {
    shards: locked,
    events: [],
    cursors: [],
    cut: [],
    windows: [],
  };
  if (ours.length === 0) return nothing;
  const foreign = await readForeignEvents(tx, ours, limits);
  if (foreign.length > 0) return { ...nothing, events: foreign, cut: locked };
  return readWindows(tx, ours, limits);
}

/**
 * Ends a move: (4) appends the batches, notes them, moves the cursors and commits, in one flight. Partition locks are
 * taken in it, ascending, so that no stopped relay ever holds one. Returns what was moved: what was found, or less of it.
 */
export async function writeMove(
  tx: Tx,
  mover: Mover,
  found: OpenMove,
): Promise<OpenMove> {
  if (found.events.length === 0 && found.cursors.length === 0) return found;
  const numbers = new Set(found.events.map((event) => event.topicNumber));
  const topics = await mover.catalogue.topicsByNumber(numbers);
  const move = boundMove(found, topics);
  const batches = buildBatches(move.events, topics, randomInt(MOST_PARTITIONS));
  const appends = batches.map((batch) => batch.append);
  tx.onCommit(() => afterAppend(mover.db, mover.catalogue, appends));
  const statements = [
    ...(appends.length > 0 ? [lockPartitions(tx, appends)] : []),
    ...batches.flatMap((batch) => appendAndRecord(batch, mover.relay, tx)),
    ...(move.cursors.length > 0 ? [cursorsStatement(move.cursors)] : []),
  ];
  await explaining(mover.db, appends, () => tx.writeAndCommit(statements));
  return move;
}

function appendAndRecord(
  { append, ids }: OutboxBatch,
  relay: string,
  { timeline }: Tx,
): BoundStatement[] {
  const [first, last] = leastAndGreatest(ids);
  const record = recordBatch(append.topic.leaf);
  return [
    appendStatement(append, { timeline }),
    bind(record, [
      append.partition.id,
      relay,
      first,
      last,
      ids,
      append.topic.number,
      append.partition.index,
    ]),
  ];
}

function leastAndGreatest(ids: readonly bigint[]): [bigint, bigint] {
  let least = ids[0] as bigint;
  let greatest = least;
  for (const id of ids) {
    if (id < least) least = id;
    if (id > greatest) greatest = id;
  }
  return [least, greatest];
}

/** A shard that is new to this server may have rows that were copied here before they were moved: they go first. */
async function readForeignEvents(
  tx: Tx,
  cursors: readonly ReadCursor[],
  limits: MoveLimits,
): Promise<PendingEvent[]> {
  const fresh = cursors.filter((cursor) => cursor.fresh);
  if (fresh.length === 0) return [];
  const shards = fresh.map(({ cursor }) => cursor.shard);
  const here = fresh[0]?.cursor.incarnation ?? '';
  return tx.run(readForeign, [shards, here, limits.rowsPerShard]);
}

async function readWindows(
  tx: Tx,
  cursors: readonly ReadCursor[],
  limits: MoveLimits,
): Promise<OpenMove> {
  const opened = cursors.map(({ cursor, now }) => ({
    cursor,
    window: windowOf(cursor, now),
  }));
  const windows = opened.map(({ window }) => window);
  const rows = await tx.run(readDifference, [
    windows.map((window) => window.shard),
    windows.map((window) => window.last),
    windows.map((window) => window.upTo),
    windows.map((window) => window.lastId),
    cursors[0]?.cursor.incarnation ?? '',
    limits.rowsPerShard,
    limits.bytesPerShard,
  ]);
  const last = new Map<number, { cut: boolean; lastId: bigint }>();
  for (const { event, cut } of rows) {
    const before = last.get(event.shard)?.cut ?? false;
    last.set(event.shard, { cut: before || cut, lastId: event.id });
  }
  const next = opened.flatMap(({ cursor, window }) => {
    const moved =
      last.get(cursor.shard) ?? (cursor.page && { cut: false, lastId: 0n });
    return moved ? [advance(cursor, window, moved)] : [];
  });
  return {
    shards: cursors.map(({ cursor }) => cursor.shard),
    events: rows.map((row) => row.event),
    cursors: next,
    cut: next.filter((cursor) => cursor.page).map((cursor) => cursor.shard),
    windows: opened,
  };
}
