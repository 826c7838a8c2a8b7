import { compressSync } from 'lz4-napi';
import { Lz4FrameReader } from './lz4-frame-reader.js';

/** Magic, version 1, independent blocks of at most 64 KiB, no checksums and no size but the header's own checksum. */
const FRAME_HEADER = Buffer.from('04224d18604082', 'hex');
const BLOCK_BYTES = 64 * 1024;
const WORD_BYTES = 4;
/** The bit of a block's length that says its bytes stand as they are. */
const STORED = 0x80000000;

/**
 * Packs records as Kafka's Java clients do, as one frame of LZ4:
 *
 *     Frame => magic, descriptor, blocks: [Block], endMark: 0 (int32), [contentChecksum: int32]
 *     Block => length: int32, bytes, [checksum: int32]
 *
 * All integers little-endian. Source: LZ4 Frame Format Description; Kafka's KafkaLZ4BlockOutputStream.
 */
export function compressLz4(records: Buffer): Buffer {
  const parts: Buffer[] = [FRAME_HEADER];
  for (let start = 0; start < records.length; start += BLOCK_BYTES) {
    const part = records.subarray(start, start + BLOCK_BYTES);
    // The library puts the unpacked length before a block, in as many bytes as the frame wants for the packed one.
    const block = compressSync(part);
    const packedLength = block.length - WORD_BYTES;
    if (packedLength < part.length) {
      block.writeUInt32LE(packedLength);
      parts.push(block);
    } else {
      parts.push(word(STORED + part.length), part);
    }
  }
  parts.push(word(0));
  return Buffer.concat(parts);
}

function word(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(WORD_BYTES);
  bytes.writeUInt32LE(value);
  return bytes;
}

/**
 * Unpacks one frame of LZ4. Blocks that build on the one before are refused, as Kafka's brokers and Java clients refuse
 * them. Throws CORRUPT_MESSAGE and, for more than `maxBytes`, MESSAGE_TOO_LARGE; other errors are the library's, for
 * bytes that are no lz4.
 */
export function decompressLz4(packed: Buffer, maxBytes: number): Buffer {
  return new Lz4FrameReader(packed, maxBytes).readAll();
}
