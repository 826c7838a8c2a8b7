import { PostamtError } from '#kernel';
import {
  bind,
  takeSharedAndLocks,
  type BoundStatement,
  type LockKeys,
} from '#postgres';
import type { BatchHeader } from '#records';
import { appendBatch, type AppendBatchValues } from './sql/append-batch.js';
import { appendIdempotent, appendNext } from './sql/append-idempotent.js';
import type { PlanOptions } from './plan-options.js';
import { storedBatch } from './stored-batch.js';
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
 * Checks a batch for a partition before any SQL, as a broker does: structure, CRC, size, records, timestamps. Where the
 * topic says so it makes the batch that is stored: with another compression, or stamped with the time of the append.
 *
 * @throws PostamtError CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, INVALID_RECORD, INVALID_TIMESTAMP, NOT_SUPPORTED
 */
export function planAppend(
  topic: Topic,
  partition: Partition,
  bytes: Buffer,
  options: PlanOptions = {},
): PlannedAppend {
  const where = `${topic.name}-${partition.index}`;
  requireSize(where, topic, bytes);
  const stored = naming(where, () => storedBatch(topic, bytes, options));
  if (stored.bytes !== bytes) requireSize(where, topic, stored.bytes);
  if (stored.header.isTransactional) {
    throw new PostamtError(
      'NOT_SUPPORTED',
      `transactional producers are not supported (${where}, producer id ${stored.header.producerId}): publish through the outbox`,
    );
  }
  return { topic, partition, ...stored };
}

/** The keys of the locks of all that is appended to: the topics', to be shared, against a roll; then the partitions'. */
export function appendLocks(
  basis: LockKeys,
  appends: readonly PlannedAppend[],
): { shared: bigint[]; alone: bigint[] } {
  const topics = appends.map((append) => append.topic.number);
  const partitions = appends.map((append) => append.partition.id);
  return {
    shared: basis.lockKeys('topic', topics),
    alone: basis.lockKeys('partition', partitions),
  };
}

/** The same as one statement, which goes before the appends. */
export function lockPartitions(
  basis: LockKeys,
  appends: readonly PlannedAppend[],
): BoundStatement {
  const { shared, alone } = appendLocks(basis, appends);
  return { ...bind(takeSharedAndLocks, [shared, alone]), silent: true };
}

/**
 * The statement that appends one batch; its one row is read by {@link appendedRow}. Of an idempotent producer `swift`
 * looks at its last batch in the active leaf only and refuses what does not follow that, which may be a duplicate, or the
 * first one since a roll; else everything that is remembered is looked at.
 */
export function appendStatement(
  append: PlannedAppend,
  { timeline, swift = true }: { timeline: number; swift?: boolean | undefined },
): BoundStatement {
  const { topic, header } = append;
  const values = valuesOf(append, timeline);
  const { producerId, producerEpoch, baseSequence } = header;
  if (producerId < 0n) return bind(appendBatch(topic.leaf), values);
  const begins = baseSequence === 0;
  const make = swift && !begins ? appendNext : appendIdempotent;
  return bind(make(topic.leaf), [
    ...values,
    producerId,
    producerEpoch,
    baseSequence,
  ]);
}

function valuesOf(append: PlannedAppend, timeline: number): AppendBatchValues {
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
    timeline,
  ];
}

function requireSize(where: string, topic: Topic, bytes: Buffer): void {
  const limit = topic.config.maxMessageBytes;
  if (bytes.length <= limit) return;
  throw new PostamtError(
    'MESSAGE_TOO_LARGE',
    `a batch of ${bytes.length} bytes for ${where} is larger than its max.message.bytes, ${limit}`,
  );
}

/** Names the partition in whatever is wrong with a batch. */
function naming<T>(where: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof PostamtError)) throw error;
    throw new PostamtError(
      error.code,
      `a batch for ${where}: ${error.message}`,
      { cause: error },
    );
  }
}
