/**
 * Kafka's compression types; the place in the list is the number in bits 0 to 2 of a batch's attributes (Kafka docs:
 * Record Batch; zstd since KIP-110). `snappy` is written as a stream of snappy-java and read bare too; `lz4` is LZ4's
 * frame format; both as Kafka's Java clients write them.
 */
export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** One of {@link COMPRESSIONS}. */
export type Compression = (typeof COMPRESSIONS)[number];
