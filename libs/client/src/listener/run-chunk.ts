import type { Transaction } from 'kysely';
import { PostamtError } from '#kernel';
import { commitOffset } from '#groups';
import type { Database } from '#postgres';
import type { LogRecord } from '#records';
import { ChunkFailure } from './chunk-failure.js';
import type { Lane } from './lane.js';
import type { RecordHandler } from './listener-options.js';
import type { RecordContext } from './record-context.js';
import type { RecordDecoder } from './record-decoder.js';

const EVENT_ID_HEADER = 'id';

/** What running a chunk needs of its listener. */
export interface ChunkRun<DB, Key, Value> {
  readonly db: Database;
  readonly topic: string;
  readonly handler: RecordHandler<DB, Key, Value>;
  readonly decoder: RecordDecoder<Key, Value>;
  /** How long the transaction may stand idle between two statements of the handlers, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** Aborted when the listener can wait no longer: the chunk is given up at the next record. */
  readonly giveUp: AbortSignal;
}

/**
 * Handles records of a lane and commits the offset behind them in one transaction. The offset goes first: a member that
 * was overtaken is refused before it has any effect.
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
      for (const [at, record] of records.entries())
        await handle(run, { lane, record, at, tx: tx.db });
    },
    { idleTimeoutMs: run.idleTimeoutMs, statementTimeoutMs: 0 },
  );
  lane.handled(records.length, next);
}

/**
 * Handles records one after the other and then commits the offset behind those that succeeded.
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
    for (const [at, record] of records.entries()) {
      await handle(run, { lane, record, at, tx: undefined });
      done += 1;
    }
  } finally {
    if (done > 0) await commitAfter(run.db, lane, done);
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

interface Handling<DB> {
  readonly lane: Lane;
  readonly record: LogRecord;
  readonly at: number;
  readonly tx: Transaction<DB> | undefined;
}

async function handle<DB, Key, Value>(
  run: ChunkRun<DB, Key, Value>,
  handling: Handling<DB>,
): Promise<void> {
  try {
    run.giveUp.throwIfAborted();
    const value = await run.decoder.value(handling.record);
    await run.handler(value, contextOf(run, handling));
  } catch (error) {
    throw new ChunkFailure(handling.at, error);
  }
}

function contextOf<DB, Key, Value>(
  run: ChunkRun<DB, Key, Value>,
  { lane, record, tx }: Handling<DB>,
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
      if (tx) return tx;
      throw new PostamtError(
        'NOT_SUPPORTED',
        'this listener is not transactional: its records bear no transaction; set transactional: true',
      );
    },
  };
}
