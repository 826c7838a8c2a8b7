/**
 * Kafka's compression types; the place in the list is the number in bits 0 to 2 of a batch's attributes (Kafka docs:
 * Record Batch; zstd since KIP-110). Batches of every type can be kept, checked and passed on; records are packed and
 * unpacked for `none`, `gzip` and `zstd`, while `snappy` and `lz4` answer UNSUPPORTED_COMPRESSION_TYPE there.
 */
export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** One of {@link COMPRESSIONS}. */
export type Compression = (typeof COMPRESSIONS)[number];
