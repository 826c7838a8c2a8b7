import { compressSync, uncompressSync } from 'snappy';
import { corruptBatch } from './corrupt-batch.js';
import { UnpackedBlocks } from './unpacked-blocks.js';

/** 0x82, SNAPPY, 0: no block of snappy can begin like that (its second element would copy from before its start). */
const MAGIC = Buffer.from('82534e4150505900', 'hex');
/** Version and lowest compatible version, both 1. */
const STREAM_HEADER = Buffer.concat([
  MAGIC,
  Buffer.from('0000000100000001', 'hex'),
]);
const LENGTH_BYTES = 4;
/** What snappy-java puts into a block. */
const BLOCK_BYTES = 32 * 1024;
/** Snappy's densest element makes 64 bytes out of 3. */
const MOST_EXPANSION = 22;
/** Handing out memory of the library's own takes five times as long as copying a block of 64 KiB (ADR 13). */
const COPIED = { copyOutputData: true, asBuffer: true } as const;

/**
 * Packs records as Kafka's Java clients do, as a stream of snappy-java:
 *
 *     Stream => magic: 8 bytes, version: int32, compatibleVersion: int32, blocks: [Block]
 *     Block  => length: int32, snappy: byte[]
 *
 * All integers big-endian. Source: snappy-java, SnappyOutputStream; snappy's format_description.txt.
 */
export function compressSnappy(records: Buffer): Buffer {
  const parts: Buffer[] = [STREAM_HEADER];
  for (let start = 0; start < records.length; start += BLOCK_BYTES) {
    const part = records.subarray(start, start + BLOCK_BYTES);
    const block = compressSync(part, COPIED);
    const length = Buffer.allocUnsafe(LENGTH_BYTES);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/**
 * Unpacks such a stream, or one bare block, as librdkafka and others write it. Throws CORRUPT_MESSAGE and, for more than
 * `maxBytes`, MESSAGE_TOO_LARGE; other errors are the library's, for bytes that are no snappy.
 */
export function decompressSnappy(packed: Buffer, maxBytes: number): Buffer {
  const unpacked = new UnpackedBlocks('snappy', maxBytes);
  if (!packed.subarray(0, MAGIC.length).equals(MAGIC)) {
    unpackBlock(packed, unpacked);
    return unpacked.join();
  }
  if (packed.length < STREAM_HEADER.length) throw cutOff();
  for (let position = STREAM_HEADER.length; position < packed.length;) {
    const start = position + LENGTH_BYTES;
    if (start > packed.length) throw cutOff();
    const length = packed.readInt32BE(position);
    position = start + length;
    if (length < 0 || position > packed.length) throw cutOff();
    unpackBlock(packed.subarray(start, position), unpacked);
  }
  return unpacked.join();
}

/** A block says its unpacked length before all else; the library allocates by it, so it is looked at first. */
function unpackBlock(block: Buffer, unpacked: UnpackedBlocks): void {
  const length = unpackedLength(block);
  if (length > block.length * MOST_EXPANSION) {
    throw corruptBatch(
      `${block.length} bytes of snappy cannot be ${length} unpacked`,
    );
  }
  unpacked.requireRoom(length);
  unpacked.push(uncompressSync(block, COPIED) as Buffer);
}

/** A varint of 32 bits, not zig-zag. */
function unpackedLength(block: Buffer): number {
  let length = 0;
  for (let index = 0; index < 5; index += 1) {
    const byte = block[index];
    if (byte === undefined) throw cutOff();
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return length;
  }
  throw corruptBatch('the length of a snappy block has more than 32 bits');
}

function cutOff() {
  return corruptBatch('its snappy stream is cut off');
}
