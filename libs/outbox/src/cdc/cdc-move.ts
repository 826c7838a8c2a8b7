import { randomInt } from 'node:crypto';
import {
  afterAppend,
  appendStatement,
  explaining,
  lockPartitions,
  type Catalogue,
  type PlannedAppend,
} from '#log';
import {
  bind,
  constraintOf,
  type BoundStatement,
  type Database,
  type Tx,
} from '#postgres';
import { PostamtError } from '#kernel';
import { buildBatches } from '../move/build-batches.js';
import type { KnownSchemas } from '../move/known-schemas.js';
import { laneName, laneOf } from '../move/lane.js';
import type { PendingEvent } from '../move/pending-event.js';
import { refusal } from '../move/refusal.js';
import { sortEvents } from '../move/sort-events.js';
import { shardWakeUp } from '../shard.js';
import { detourStatements } from './sql/cdc-detours.js';
import {
  insertPosition,
  nextPosition,
  type CdcPosition,
} from './sql/cdc-positions.js';

/** Who moves from a slot, and what it knows. */
export interface CdcMover {
  readonly db: Database;
  readonly catalogue: Catalogue;
  readonly schemas: KnownSchemas;
  readonly slot: string;
  readonly relay: string;
}

/** What is to be moved: events of whole transactions, in the order of their COMMITs. */
export interface CdcMove {
  readonly events: readonly PendingEvent[];
  /** What is in the log already. */
  readonly last: CdcPosition;
  /** Where the last of the transactions was committed. */
  readonly lsn: bigint;
  /** Names of the lanes whose events go into the outbox's table. */
  readonly detours: ReadonlySet<string>;
}

export interface CdcMoved {
  readonly position: CdcPosition;
  readonly moved: number;
  /** Events that went into the outbox's table. */
  readonly detoured: readonly PendingEvent[];
  /** Lanes that go there from now on, too. */
  readonly lanes: readonly string[];
}

const MOST_PARTITIONS = 2 ** 31;

/**
 * Moves the events of whole transactions into their topics: batches, position and COMMIT in one transaction, so that each
 * is there exactly once, whatever dies and when. What a topic cannot take goes into the outbox's table with what follows
 * of its key: the relays of that table park it, and go on with it.
 *
 * @throws PostamtError as the append does; nothing was moved then. STALE_CURSOR: another relay has moved this, or is at
 * it. After OUTCOME_UNKNOWN the position tells.
 */
export async function moveStreamed(
  mover: CdcMover,
  move: CdcMove,
): Promise<CdcMoved> {
  const { slot, relay } = mover;
  const planned = await plan(mover, move);
  const note = nextPosition(slot, move.last, move.lsn, relay);
  await write(mover, planned, note);
  const { detoured } = planned;
  const [, number] = note;
  const keyed = detoured.filter(({ key }) => key !== null);
  return {
    position: { number, lsn: move.lsn, isHere: true, movedAt: new Date() },
    moved: move.events.length - detoured.length,
    detoured,
    lanes: keyed.map((event) => laneName(laneOf(event))),
  };
}

/** What is to be appended, and what goes into the outbox's table. */
interface Plan {
  readonly appends: readonly PlannedAppend[];
  readonly detoured: readonly PendingEvent[];
}

async function plan(
  { catalogue, schemas }: CdcMover,
  { events, detours }: CdcMove,
): Promise<Plan> {
  const numbers = new Set(events.map((event) => event.topicNumber));
  const topics = await catalogue.topicsByNumber(numbers);
  await schemas.learn(events, topics);
  const { ship, held } = sortEvents(events, {
    topics,
    parked: detours,
    nowMs: new Map(),
    refusal: (event, topic) =>
      refusal(event, topic) ?? (topic && schemas.fault(event, topic)),
  });
  const batches = buildBatches(ship, topics, randomInt(MOST_PARTITIONS));
  return {
    appends: batches.map(({ append }) => append),
    detoured: held.map(({ event }) => event),
  };
}

/** The position goes first: where another relay is at the same move, this one waits for it before it takes locks. */
async function write(
  { db, catalogue, slot }: CdcMover,
  { appends, detoured }: Plan,
  note: ReturnType<typeof nextPosition>,
): Promise<void> {
  const commit = async (tx: Tx) => {
    const { timeline } = tx;
    tx.onCommit(() => {
      afterAppend(db, catalogue, appends);
      db.wakeUps.mark(detoured.map(({ shard }) => shardWakeUp(shard)));
    });
    const statements: BoundStatement[] = [
      bind(insertPosition, note),
      ...(appends.length > 0 ? [lockPartitions(tx, appends)] : []),
      ...appends.map((each) => appendStatement(each, { timeline })),
      ...detourStatements(slot, detoured),
    ];
    await explaining(db, appends, () => tx.writeAndCommit(statements));
  };
  await overtaken(slot, () => db.transaction(commit, { writer: true }));
}

async function overtaken<T>(slot: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (constraintOf(error) !== 'outbox_cdc_positions_pkey') throw error;
    throw new PostamtError(
      'STALE_CURSOR',
      `another relay has moved what was read from slot ${slot}`,
      { cause: error },
    );
  }
}
