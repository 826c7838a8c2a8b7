import { randomInt } from 'node:crypto';
import type { PostamtError } from '#kernel';
import {
  afterAppend,
  appendStatement,
  explaining,
  lockPartitions,
  type PlannedAppend,
  type Topic,
} from '#log';
import { bind, type BoundStatement, type RawRow, type Tx } from '#postgres';
import { PostgresJournal } from '../sink/journal.js';
import type { Sink, SinkEvent } from '../sink/sink.js';
import { noteBatch } from '../sql/note-batch.js';
import { recordBatch } from '../sql/record-batch.js';
import { buildBatches, recordOf, type OutboxBatch } from './build-batches.js';
import { idRange } from './id-range.js';
import type { Mover } from './mover.js';
import type { PendingEvent } from './pending-event.js';

/** What shipping events asks of the move's transaction. */
export interface Shipment {
  readonly statements: readonly BoundStatement[];
  readonly refused: ReadonlyMap<bigint, PostamtError>;
  /** Runs the write of the transaction, and has the log explain what it refuses. */
  write(act: () => Promise<RawRow[][]>): Promise<unknown>;
  readonly appends: readonly PlannedAppend[];
}

type Topics = ReadonlyMap<number, Topic>;

interface Context {
  readonly topics: Topics;
  /** The server on which the events were written. */
  readonly origin: string;
}

const MOST_PARTITIONS = 2 ** 31;

/** Brings events to where the mover brings them. */
export async function ship(
  tx: Tx,
  mover: Mover,
  events: readonly PendingEvent[],
  context: Context,
): Promise<Shipment> {
  if (!mover.sink || events.length === 0)
    return shipToLog(tx, mover, events, context);
  return shipElsewhere(mover, mover.sink, events, context);
}

/** Into the log of this database: in the move's transaction, so that there is nothing that could be half done. */
function shipToLog(
  tx: Tx,
  { db, catalogue, relay, broken }: Mover,
  events: readonly PendingEvent[],
  { topics, origin }: Context,
): Shipment {
  const sticky = randomInt(MOST_PARTITIONS);
  const batches = buildBatches(events, topics, sticky, broken);
  const appends = batches.map((batch) => batch.append);
  tx.onCommit(() => afterAppend(db, catalogue, appends));
  return {
    statements: [
      ...(appends.length > 0 ? [lockPartitions(tx, appends)] : []),
      ...batches.flatMap((batch) =>
        appendAndRecord(batch, { relay, origin }, tx),
      ),
    ],
    refused: new Map(),
    write: (act) => explaining(db, appends, act),
    appends,
  };
}

function appendAndRecord(
  { append, ids }: OutboxBatch,
  { relay, origin }: { relay: string; origin: string },
  { timeline }: Tx,
): BoundStatement[] {
  const { topic, partition } = append;
  const note = bind(recordBatch(topic.leaf), [
    partition.id,
    relay,
    ...idRange(ids),
    ids,
    topic.number,
    partition.index,
    origin,
  ]);
  return [appendStatement(append, { timeline }), note];
}

/** Out of this database: it is there before this move commits, and the journal knows of it should that not happen. */
async function shipElsewhere(
  { db, relay }: Mover,
  sink: Sink,
  events: readonly PendingEvent[],
  { topics, origin }: Context,
): Promise<Shipment> {
  const journal = new PostgresJournal(db);
  const sent = events.map((event) => sinkEvent(event, topics));
  const { batches, refused } = await sink.ship(sent, journal);
  const notes = batches.map(({ topicNumber, partition, baseOffset, ids }) =>
    bind(noteBatch, [
      topicNumber,
      partition,
      baseOffset,
      relay,
      ...idRange(ids),
      ids,
      origin,
    ]),
  );
  return {
    statements: [...notes, ...journal.end()],
    refused: new Map(refused.map(({ id, error }) => [id, error])),
    write: (act) => act(),
    appends: [],
  };
}

function sinkEvent(event: PendingEvent, topics: Topics): SinkEvent {
  const { id, eventId, topicNumber } = event;
  const topic = topics.get(topicNumber)?.name ?? '';
  return { id, eventId, topicNumber, topic, ...recordOf(event) };
}
