/**
 * Who stamped the records of a batch; the place in the list is bit 3 of the batch's attributes (KIP-32). `CreateTime`:
 * the producer, each record its own. `LogAppendTime`: the log, all records of the batch the same.
 */
export const TIMESTAMP_TYPES = ['CreateTime', 'LogAppendTime'] as const;

/** One of {@link TIMESTAMP_TYPES}. */
export type TimestampType = (typeof TIMESTAMP_TYPES)[number];
