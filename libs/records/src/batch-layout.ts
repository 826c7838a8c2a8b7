/**
 * Where each field of a record batch begins, in bytes, all integers big-endian (Kafka docs: Record Batch; KIP-98):
 *
 *     RecordBatch =>
 *       baseOffset: int64
 *       batchLength: int32            bytes that follow this field
 *       partitionLeaderEpoch: int32
 *       magic: int8                   2
 *       crc: uint32                   CRC-32C from attributes to the end
 *       attributes: int16
 *         bits 0-2: compression       0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd
 *         bit 3: timestampType        0 CreateTime, 1 LogAppendTime
 *         bit 4: isTransactional
 *         bit 5: isControlBatch
 *         bit 6: hasDeleteHorizonMs   baseTimestamp is the delete horizon (KIP-534)
 *         bits 7-15: unused
 *       lastOffsetDelta: int32
 *       baseTimestamp: int64
 *       maxTimestamp: int64
 *       producerId: int64
 *       producerEpoch: int16
 *       baseSequence: int32
 *       recordCount: int32
 *       records: [Record]             as one block packed by the compression
 *
 * Base offset and leader epoch stand outside the CRC, so the log fills them in without touching the rest.
 */
export const BATCH_LAYOUT = {
  baseOffset: 0,
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
  records: 61,
} as const;

/** The bits of `attributes`. */
export const ATTRIBUTE_BITS = {
  compression: 0b111,
  logAppendTime: 1 << 3,
  transactional: 1 << 4,
  control: 1 << 5,
  deleteHorizon: 1 << 6,
} as const;

/** The one version of the format that is read and written here. */
export const MAGIC = 2;

/** Bytes before the part that `batchLength` counts. */
export const LENGTH_PREFIX_BYTES = BATCH_LAYOUT.leaderEpoch;

/** The most bytes a batch can have in all: `batchLength` is an int32, and so is kept the sum. */
export const MAX_BATCH_BYTES = 2 ** 31 - 1;
