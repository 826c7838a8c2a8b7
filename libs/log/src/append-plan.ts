import { PostamtError } from '#kernel';
import {
  bind,
  takeSharedAndLocks,
  type BoundStatement,
  type LockKeys,
} from '#postgres';
import { verifyBatch, type BatchHeader } from '#records';
import { appendBatch, type AppendBatchValues } from './sql/append-batch.js';
import { appendIdempotent } from './sql/append-idempotent.js';
import type { Partition, Topic } from './topic.js';

/** A record batch, checked, and the partition that it is to be appended to. */
export interface PlannedAppend {
  readonly topic: Topic;
  readonly partition: Partition;
  readonly header: BatchHeader;
  readonly bytes: Buffer;
  /** When it is appended, where that is the time of its records. */
  readonly logAppendTime: number | undefined;
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
  if (header.isTransactional) {
    throw new PostamtError(
      'NOT_SUPPORTED',
      `transactional producers are not supported (${where}, producer id ${header.producerId}): publish through the outbox`,
    );
  }
  requireSequence(where, header);
  return { topic, partition, header, bytes, logAppendTime: undefined };
}

/**
 * Locks, as one statement, for all that is appended to: the topics', shared, against a roll, then the partitions'. It
 * goes before the appends.
 */
export function lockPartitions(
  locks: LockKeys,
  appends: readonly PlannedAppend[],
): BoundStatement {
  const topics = appends.map((append) => append.topic.number);
  const partitions = appends.map((append) => append.partition.id);
  return bind(takeSharedAndLocks, [
    locks.lockKeys('topic', topics),
    locks.lockKeys('partition', partitions),
  ]);
}

/** The statement that appends one batch; its one row is read by {@link appendedRow}. */
export function appendStatement(append: PlannedAppend): BoundStatement {
  const { topic, header } = append;
  const values = valuesOf(append);
  if (header.producerId < 0n) return bind(appendBatch(topic.leaf), values);
  const { producerId, producerEpoch, baseSequence } = header;
  return bind(appendIdempotent(topic.leaf), [
    ...values,
    producerId,
    producerEpoch,
    baseSequence,
  ]);
}

function valuesOf(append: PlannedAppend): AppendBatchValues {
  const { topic, partition, header, bytes } = append;
  return [
    partition.id,
    partition.leaderEpoch,
    topic.segmentNumber,
    header.lastOffsetDelta,
    header.recordCount,
    header.maxTimestamp,
    header.attributes,
    bytes,
  ];
}

/** A producer id comes with an epoch and a sequence, as Kafka has it. */
function requireSequence(where: string, header: BatchHeader): void {
  const { producerId, producerEpoch, baseSequence } = header;
  if (producerId < 0n || (producerEpoch >= 0 && baseSequence >= 0)) return;
  throw new PostamtError(
    'INVALID_RECORD',
    `a batch for ${where} has producer id ${producerId} with epoch ${producerEpoch} and sequence ${baseSequence}: neither may be negative`,
  );
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
