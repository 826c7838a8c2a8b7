import { PostamtError } from '#kernel';
import {
  readBatchHeader,
  recompress,
  validateProducedBatch,
  withLogAppendTime,
  type BatchHeader,
} from '#records';
import type { PlanOptions } from './plan-options.js';
import type { TopicConfig } from './topic-config.js';
import type { Topic } from './topic.js';

/** A batch as it is stored. */
export interface StoredBatch {
  readonly header: BatchHeader;
  readonly bytes: Buffer;
  /** When it was appended, where that is the time of its records. */
  readonly logAppendTime: number | undefined;
}

/** A batch that was looked at, and when its records happened. */
interface Judged {
  readonly header: BatchHeader;
  readonly minTimestamp: number;
  readonly maxTimestamp: number;
}

/**
 * The batch that a topic stores of the one that a producer made: the same bytes, unless the topic asks for a compression
 * or for the time of the append. Those are the two cases in which an append makes a new CRC.
 */
export function storedBatch(
  topic: Topic,
  bytes: Buffer,
  options: PlanOptions,
): StoredBatch {
  const { config } = topic;
  const now = Date.now();
  const judged = judge(config, bytes, options);
  const stamps = config.messageTimestampType === 'LogAppendTime';
  if (!stamps && !options.anyTime) requireTimes(config, judged, now);
  const packed = compressed(config, bytes);
  const stored = stamps
    ? withLogAppendTime(packed, now, { checkCrc: false })
    : packed;
  return {
    header: stored === bytes ? trueHeader(judged) : readBatchHeader(stored),
    bytes: stored,
    logAppendTime: stamps ? now : undefined,
  };
}

/** Walks over the records unless the caller built them, and nothing of this topic's hangs on each of them. */
function judge(
  config: TopicConfig,
  bytes: Buffer,
  { built = false, anyTime = false }: PlanOptions,
): Judged {
  const requireKeys = config.cleanupPolicy.includes('compact');
  const anyAge =
    anyTime || config.messageTimestampBeforeMaxMs === Number.MAX_SAFE_INTEGER;
  if (!built || requireKeys || !anyAge)
    return validateProducedBatch(bytes, { requireKeys });
  const header = readBatchHeader(bytes);
  const { baseTimestamp, maxTimestamp } = header;
  return { header, minTimestamp: baseTimestamp, maxTimestamp };
}

/** A header may say another greatest timestamp than its records have: theirs counts. */
function trueHeader({ header, maxTimestamp }: Judged): BatchHeader {
  if (header.maxTimestamp === maxTimestamp) return header;
  return { ...header, maxTimestamp };
}

function compressed({ compressionType }: TopicConfig, bytes: Buffer): Buffer {
  if (compressionType === 'producer') return bytes;
  const compression =
    compressionType === 'uncompressed' ? 'none' : compressionType;
  return recompress(bytes, compression, { checkCrc: false });
}

/** Kafka: LogValidator; a timestamp of -1 is none, and is not judged. */
function requireTimes(
  config: TopicConfig,
  batch: Pick<Judged, 'minTimestamp' | 'maxTimestamp'>,
  now: number,
): void {
  const latest = now + config.messageTimestampAfterMaxMs;
  if (batch.maxTimestamp > latest)
    throw untimely(batch.maxTimestamp, now, 'after', config);
  const earliest = now - config.messageTimestampBeforeMaxMs;
  if (batch.minTimestamp !== -1 && batch.minTimestamp < earliest)
    throw untimely(batch.minTimestamp, now, 'before', config);
}

/**
 * Checks a timestamp by itself, where a record comes in that is appended later.
 *
 * @throws PostamtError INVALID_TIMESTAMP
 */
export function requireTimely(config: TopicConfig, timestamp: number): void {
  if (config.messageTimestampType === 'LogAppendTime') return;
  const times = { minTimestamp: timestamp, maxTimestamp: timestamp };
  requireTimes(config, times, Date.now());
}

function untimely(
  timestamp: number,
  now: number,
  side: 'before' | 'after',
  config: TopicConfig,
): PostamtError {
  const limit =
    side === 'after'
      ? config.messageTimestampAfterMaxMs
      : config.messageTimestampBeforeMaxMs;
  return new PostamtError(
    'INVALID_TIMESTAMP',
    `the timestamp ${timestamp} is ${Math.abs(timestamp - now)} ms ${side} now; message.timestamp.${side}.max.ms is ${limit}`,
  );
}
