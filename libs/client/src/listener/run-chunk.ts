import type { Transaction } from 'kysely';
import { PostamtError } from '#kernel';
import { commitOffset } from '#groups';
import type { Database } from '#postgres';
import type { LogRecord } from '#records';
import { ChunkFailure } from './chunk-failure.js';
import type { Lane } from './lane.js';
import type { BatchHandler, RecordHandler } from './listener-options.js';
import type { BatchContext, RecordContext } from './record-context.js';
import type { RecordDecoder } from './record-decoder.js';

const EVENT_ID_HEADER = 'id';

/** What running a chunk needs of its listener. */
export interface ChunkRun<DB, Key, Value> {
  readonly db: Database;
  readonly topic: string;
  /** One of the two. */
  readonly handler?: RecordHandler<DB, Key, Value>;
  readonly batchHandler?: BatchHandler<DB, Key, Value>;
  readonly decoder: RecordDecoder<Key, Value>;
  /** How long the transaction may stand idle between two statements of the handlers, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** Aborted when the listener can wait no longer: the chunk is given up, and whatever its handler still does with it. */
  readonly giveUp: AbortSignal;
}

/**
 * Handles records of a lane and commits the offset behind them in one transaction. The offset goes first, so that a member
 * whom another one has overtaken is refused before it has any effect.
 *
 * @throws ChunkFailure when a handler throws; nothing is committed then.
 */
export async function runInTransaction<DB, Key, Value>(
  run: ChunkRun<DB, Key, Value>,
  lane: Lane,
  records: readonly LogRecord[],
): Promise<void> {
  const next = lane.offsetAfter(records.length);
  await run.db.transaction<void, DB>(
    async (tx) => {
      await commitOffset(tx, {
        partition: lane.partition,
        previous: lane.committed,
        next,
      });
      const chunk = { lane, records, tx: tx.db };
      await orGivenUp(run.giveUp, () => handleAll(run, chunk, () => {}));
    },
    { idleTimeoutMs: run.idleTimeoutMs, statementTimeoutMs: 0 },
  );
  lane.handled(records.length, next);
}

/**
 * Handles records and then commits the offset behind those that succeeded.
 *
 * @throws ChunkFailure when a handler throws; the records before it are committed.
 */
export async function runThenCommit<DB, Key, Value>(
  run: ChunkRun<DB, Key, Value>,
  lane: Lane,
  records: readonly LogRecord[],
): Promise<void> {
  let done = 0;
  try {
    const chunk = { lane, records, tx: undefined };
    await orGivenUp(run.giveUp, () =>
      handleAll(run, chunk, (count) => (done += count)),
    );
  } finally {
    if (done > 0) await commitAfter(run.db, lane, done);
  }
}

/** A handler that hangs must not hold up its listener's end: what it does in the transaction then is refused. */
async function orGivenUp(
  giveUp: AbortSignal,
  act: () => Promise<void>,
): Promise<void> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const abandon = () => reject(giveUp.reason as Error);
  giveUp.addEventListener('abort', abandon);
  try {
    await Promise.race([act(), givenUp]);
  } finally {
    giveUp.removeEventListener('abort', abandon);
  }
}

async function commitAfter(
  db: Database,
  lane: Lane,
  count: number,
): Promise<void> {
  const next = lane.offsetAfter(count);
  await db.transaction((tx) =>
    commitOffset(tx, {
      partition: lane.partition,
      previous: lane.committed,
      next,
    }),
  );
  lane.handled(count, next);
}

interface Chunk<DB> {
  readonly lane: Lane;
  readonly records: readonly LogRecord[];
  readonly tx: Transaction<DB> | undefined;
}

/** A record, decoded. */
interface Read<DB, Key, Value> {
  readonly value: Value | null;
  readonly context: RecordContext<DB, Key>;
}

/** Hands the records to the handler, one by one or all at once, and tells `handled` how many more are through. */
async function handleAll<DB, Key, Value>(
  run: ChunkRun<DB, Key, Value>,
  chunk: Chunk<DB>,
  handled: (count: number) => void,
): Promise<void> {
  const { handler, batchHandler } = run;
  const read: Read<DB, Key, Value>[] = [];
  for (const [at, record] of chunk.records.entries()) {
    await failingAt(at, async () => {
      run.giveUp.throwIfAborted();
      const value = await run.decoder.value(record);
      const context = contextOf(run, chunk, record);
      if (batchHandler) read.push({ value, context });
      else await handler?.(value, context);
    });
    if (!batchHandler) handled(1);
  }
  if (!batchHandler) return;
  const values = read.map(({ value }) => value);
  const batch = batchOf(run, chunk, read);
  await failingAt(0, async () => batchHandler(values, batch));
  handled(read.length);
}

async function failingAt(at: number, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    throw new ChunkFailure(at, error);
  }
}

function batchOf<DB, Key, Value>(
  run: ChunkRun<DB, Key, Value>,
  { lane, tx }: Chunk<DB>,
  read: readonly Read<DB, Key, Value>[],
): BatchContext<DB, Key> {
  return {
    topic: run.topic,
    partition: lane.index,
    records: read.map(({ context }) => context),
    get tx() {
      return tx ?? refuseTx();
    },
  };
}

function contextOf<DB, Key, Value>(
  run: ChunkRun<DB, Key, Value>,
  { lane, tx }: Chunk<DB>,
  record: LogRecord,
): RecordContext<DB, Key> {
  const id = record.headers.find((header) => header.key === EVENT_ID_HEADER);
  return {
    topic: run.topic,
    partition: lane.index,
    offset: record.offset,
    key: run.decoder.key(record),
    timestamp: record.timestamp,
    headers: record.headers,
    eventId: id?.value?.toString(),
    get tx() {
      return tx ?? refuseTx();
    },
  };
}

function refuseTx(): never {
  throw new PostamtError(
    'NOT_SUPPORTED',
    'this listener is not transactional: its records bear no transaction; set transactional: true',
  );
}
