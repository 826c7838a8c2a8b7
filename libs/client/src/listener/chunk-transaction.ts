import { commitStatements } from '#groups';
import type { Database } from '#postgres';
import type { LogRecord } from '#records';
import { handleChunk, type Handling } from './handle-chunk.js';
import type { Lane } from './lane.js';

/** How transactions of chunks are run. */
export interface ChunkTransactions<DB, Key, Value> {
  readonly db: Database;
  readonly handling: Handling<DB, Key, Value>;
  /** How long one may stand idle between two statements of the handler, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** Runs the handler when it is its turn. */
  readonly inTurn: (act: () => Promise<void>) => Promise<void>;
}

/**
 * Handles records of a lane and commits the offset behind them in one transaction. The offset goes first, with BEGIN, so
 * that a member that has lost the partition is refused before it has any effect; COMMIT is the second round trip.
 *
 * @throws ChunkFailure when a handler throws; ILLEGAL_GENERATION; what the database throws. Nothing is committed then,
 * unless it is OUTCOME_UNKNOWN.
 */
export async function runInTransaction<DB, Key, Value>(
  { db, handling, idleTimeoutMs, inTurn }: ChunkTransactions<DB, Key, Value>,
  lane: Lane,
  records: readonly LogRecord[],
): Promise<void> {
  const { partition, committed: previous } = lane;
  const next = lane.ahead.offsetAfter(records.length);
  const leaderEpoch = lane.ahead.leaderEpochAt(records.length);
  const commit = { partition, previous, next, leaderEpoch };
  await db.transaction<void, DB>(
    async (tx) =>
      inTurn(async () => handleChunk(handling, { lane, records, tx })),
    {
      opening: (keys) => commitStatements(keys, [commit]),
      idleTimeoutMs,
      statementTimeoutMs: 0,
    },
  );
  lane.handled(records.length);
  lane.settle(next, lane.handledCount);
}
