import { PostamtError } from '#kernel';
import { bind, takeLocks, type BoundStatement, type Tx } from '#postgres';
import { verifyBatch, type BatchHeader } from '#records';
import { appendBatch } from './sql/append-batch.js';
import type { Partition, Topic } from './topic.js';

/** A record batch, checked, and the partition that it is to be appended to. */
export interface PlannedAppend {
  readonly topic: Topic;
  readonly partition: Partition;
  readonly header: BatchHeader;
  readonly bytes: Buffer;
}

/**
 * Checks a batch for a partition before any SQL: structure, CRC, size, and that nothing in it needs what the log does
 * not do yet.
 *
 * @throws PostamtError CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, INVALID_RECORD, NOT_SUPPORTED
 */
export function planAppend(
  topic: Topic,
  partition: Partition,
  bytes: Buffer,
): PlannedAppend {
  const where = `${topic.name}-${partition.index}`;
  const limit = topic.config.maxMessageBytes;
  if (bytes.length > limit) {
    throw new PostamtError(
      'MESSAGE_TOO_LARGE',
      `a batch of ${bytes.length} bytes for ${where} is larger than its max.message.bytes, ${limit}`,
    );
  }
  const header = verified(where, bytes);
  if (header.isControl) {
    throw new PostamtError(
      'INVALID_RECORD',
      `a producer may not append a control batch (${where})`,
    );
  }
  if (header.producerId >= 0n || header.isTransactional) {
    throw new PostamtError(
      'NOT_SUPPORTED',
      `idempotent and transactional producers are not supported yet (${where}, producer id ${header.producerId})`,
    );
  }
  return { topic, partition, header, bytes };
}

/** Locks, as one statement, for all partitions that are appended to; it goes before the appends. */
export function lockPartitions(
  tx: Tx,
  appends: readonly PlannedAppend[],
): BoundStatement {
  const ids = appends.map((append) => append.partition.id);
  return bind(takeLocks, [tx.lockKeys('partition', ids)]);
}

/** The statement that appends one batch; its one row has the base offset that it was given. */
export function appendStatement(append: PlannedAppend): BoundStatement {
  const { topic, partition, header, bytes } = append;
  return bind(appendBatch(topic.leaf), [
    partition.id,
    partition.leaderEpoch,
    topic.number,
    topic.segmentNumber,
    header.lastOffsetDelta,
    header.recordCount,
    header.maxTimestamp,
    header.attributes,
    bytes,
  ]);
}

function verified(where: string, bytes: Buffer): BatchHeader {
  try {
    return verifyBatch(bytes);
  } catch (error) {
    if (!(error instanceof PostamtError)) throw error;
    throw new PostamtError(
      error.code,
      `a batch for ${where}: ${error.message}`,
      { cause: error },
    );
  }
}
