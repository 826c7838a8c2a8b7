import { corruptBatch } from './corrupt-batch.js';
import { xxhash32 } from './xxhash32.js';

const MAGIC = 0x184d2204;
const DESCRIPTOR_AT = 4;
const CONTENT_SIZE_AT = 6;
const CONTENT_SIZE_BYTES = 8;
const FLAGS = {
  version: 0b1100_0000,
  independentBlocks: 0b0010_0000,
  blockChecksums: 0b0001_0000,
  contentSize: 0b0000_1000,
  contentChecksum: 0b0000_0100,
  reserved: 0b0000_0010,
  dictionary: 0b0000_0001,
} as const;
const VERSION_1 = 0b0100_0000;

/** What the header of an LZ4 frame says of the blocks behind it. */
export interface Lz4Descriptor {
  /** Where the blocks begin. */
  readonly end: number;
  /** 64 KiB, 256 KiB, 1 MiB or 4 MiB. */
  readonly maxBlockBytes: number;
  readonly hasBlockChecksums: boolean;
  readonly hasContentChecksum: boolean;
  /** Bytes of all blocks together, where the frame says so. */
  readonly contentSize: number | undefined;
}

/**
 * Reads the header of an LZ4 frame:
 *
 *     magic: int32, flags: int8, blockSize: int8 (bits 4-6), [contentSize: int64], headerChecksum: int8
 *
 * Throws CORRUPT_MESSAGE for what Kafka refuses too: another version, blocks that build on the one before, a dictionary,
 * a wrong checksum. Source: LZ4 Frame Format Description; Kafka's KafkaLZ4BlockInputStream.
 */
export function readLz4Descriptor(packed: Buffer): Lz4Descriptor {
  const [flags, blockSize] = packed.subarray(DESCRIPTOR_AT, CONTENT_SIZE_AT);
  if (flags === undefined || blockSize === undefined) {
    throw corruptBatch('its lz4 frame is cut off');
  }
  checkFlags(packed.readUInt32LE(0), flags);
  const hasSize = (flags & FLAGS.contentSize) !== 0;
  const checksumAt = CONTENT_SIZE_AT + (hasSize ? CONTENT_SIZE_BYTES : 0);
  checkHeader(packed, checksumAt);
  return {
    end: checksumAt + 1,
    maxBlockBytes: maxBlockBytes(blockSize),
    hasBlockChecksums: (flags & FLAGS.blockChecksums) !== 0,
    hasContentChecksum: (flags & FLAGS.contentChecksum) !== 0,
    contentSize: hasSize
      ? Number(packed.readBigUInt64LE(CONTENT_SIZE_AT))
      : undefined,
  };
}

function checkFlags(magic: number, flags: number): void {
  if (magic !== MAGIC) throw corruptBatch('its records are no lz4 frame');
  const versionAndReserved = flags & (FLAGS.version | FLAGS.reserved);
  if (versionAndReserved !== VERSION_1) {
    throw corruptBatch(`its lz4 frame has the unknown flags ${flags}`);
  }
  if ((flags & FLAGS.independentBlocks) === 0) {
    throw corruptBatch('the blocks of its lz4 frame are not independent');
  }
  if ((flags & FLAGS.dictionary) !== 0) {
    throw corruptBatch('its lz4 frame needs a dictionary');
  }
}

/** The second byte of the hash of all that stands between magic and checksum. */
function checkHeader(packed: Buffer, checksumAt: number): void {
  const hash = xxhash32(packed.subarray(DESCRIPTOR_AT, checksumAt));
  if (packed[checksumAt] === ((hash >>> 8) & 0xff)) return;
  throw corruptBatch('the header checksum of its lz4 frame differs');
}

/** The codes 4 to 7 mean 64 KiB times four each time. */
function maxBlockBytes(blockSize: number): number {
  const code = blockSize >>> 4;
  if (code >= 4 && code <= 7 && (blockSize & 0x0f) === 0) {
    return 2 ** (2 * code + 8);
  }
  throw corruptBatch(`its lz4 frame has the unknown block size ${blockSize}`);
}
