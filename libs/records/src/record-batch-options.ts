import type { Compression } from './compression.js';
import { requireInteger } from './require-integer.js';
import type { TimestampType } from './timestamp-type.js';

/** The fields of a batch that do not follow from its records. What is left out is written as Kafka's producers do. */
export interface RecordBatchOptions {
  /** `none` unless given. */
  readonly compression?: Compression;
  /** 0n unless given: the log fills it in on append. */
  readonly baseOffset?: bigint;
  /** -1 unless given: the log fills it in on append. */
  readonly leaderEpoch?: number;
  /** -1n unless given: not idempotent. */
  readonly producerId?: bigint;
  /** -1 unless given. */
  readonly producerEpoch?: number;
  /** -1 unless given. */
  readonly baseSequence?: number;
  /** false unless given. */
  readonly isTransactional?: boolean;
  /** false unless given. A control batch's records are markers of the log's own, such as commit and abort (KIP-98). */
  readonly isControl?: boolean;
  /** `CreateTime` unless given. With `LogAppendTime`, all records are read with the greatest of their timestamps. */
  readonly timestampType?: TimestampType;
  /**
   * When the tombstones in the batch may go, in milliseconds since 1970, set by compaction (KIP-534); none unless given.
   * It takes the place of the base timestamp.
   */
  readonly deleteHorizonMs?: number | undefined;
  /** The last record's unless given: what compaction keeps when it takes the last records of a batch out. */
  readonly lastOffsetDelta?: number;
}

/** The same with nothing left out but `lastOffsetDelta`, which the records give, and what stands for itself. */
export type BatchSettings = Required<
  Omit<RecordBatchOptions, 'lastOffsetDelta' | 'deleteHorizonMs'>
> & { readonly deleteHorizonMs: number | undefined };

const DEFAULTS: BatchSettings = {
  compression: 'none',
  baseOffset: 0n,
  leaderEpoch: -1,
  producerId: -1n,
  producerEpoch: -1,
  baseSequence: -1,
  isTransactional: false,
  isControl: false,
  timestampType: 'CreateTime',
  deleteHorizonMs: undefined,
};

const GREATEST_INT16 = 2 ** 15 - 1;
const GREATEST_INT32 = 2 ** 31 - 1;
const GREATEST_INT64 = 2n ** 63n - 1n;

/** Fills in the defaults. Throws INVALID_VALUE for a number that its field in the batch cannot hold. */
export function batchSettings(options: RecordBatchOptions): BatchSettings {
  const settings = { ...DEFAULTS, ...options };
  requireInteger('baseOffset', settings.baseOffset, 0n, GREATEST_INT64);
  requireInteger('leaderEpoch', settings.leaderEpoch, -1, GREATEST_INT32);
  requireInteger('producerId', settings.producerId, -1n, GREATEST_INT64);
  requireInteger('producerEpoch', settings.producerEpoch, -1, GREATEST_INT16);
  requireInteger('baseSequence', settings.baseSequence, -1, GREATEST_INT32);
  if (settings.deleteHorizonMs !== undefined) {
    requireInteger(
      'deleteHorizonMs',
      settings.deleteHorizonMs,
      0,
      Number.MAX_SAFE_INTEGER,
    );
  }
  return settings;
}
