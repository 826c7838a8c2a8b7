import { compressSync, uncompressSync } from 'lz4-napi';
import { corruptBatch } from './corrupt-batch.js';
import { readLz4Descriptor, type Lz4Descriptor } from './lz4-descriptor.js';
import { UnpackedBlocks } from './unpacked-blocks.js';
import { xxhash32 } from './xxhash32.js';

/** Magic, version 1, independent blocks of at most 64 KiB, no checksums and no size but the header's own checksum. */
const FRAME_HEADER = Buffer.from('04224d18604082', 'hex');
const BLOCK_BYTES = 64 * 1024;
const WORD_BYTES = 4;
/** The bit of a block's length that says its bytes stand as they are. */
const STORED = 0x80000000;
/** A byte of lz4 makes no more than 255. */
const MOST_EXPANSION = 255;

/**
 * Packs records as Kafka's Java clients do, as one frame of LZ4:
 *
 *     Frame => magic, descriptor, blocks: [Block], endMark: 0 (int32), [contentChecksum: int32]
 *     Block => length: int32, bytes, [checksum: int32]
 *
 * All integers little-endian. Source: LZ4 Frame Format Description; Kafka's KafkaLZ4BlockOutputStream.
 */
export function compressLz4(records: Buffer): Buffer {
  const parts = [FRAME_HEADER];
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
 * Unpacks one frame of LZ4, and checks every checksum in it. Blocks that build on the one before are refused, as
 * Kafka's brokers and Java clients refuse them. Throws CORRUPT_MESSAGE and, for more than `maxBytes`,
 * MESSAGE_TOO_LARGE; other errors are the library's, for bytes that are no lz4.
 */
export function decompressLz4(packed: Buffer, maxBytes: number): Buffer {
  const descriptor = readLz4Descriptor(packed);
  const unpacked = new UnpackedBlocks('lz4', maxBytes);
  unpacked.requireRoom(descriptor.contentSize ?? 0);
  let position = descriptor.end;
  for (;;) {
    const length = readWord(packed, position);
    position += WORD_BYTES;
    if (length === 0) break;
    position = unpackBlock(packed, position, length, descriptor, unpacked);
  }
  const content = unpacked.join();
  checkContent(packed, position, content, descriptor);
  return content;
}

/** Unpacks the block behind its length, and gives the position behind the block. */
function unpackBlock(
  packed: Buffer,
  start: number,
  lengthAndFlag: number,
  descriptor: Lz4Descriptor,
  unpacked: UnpackedBlocks,
): number {
  const isStored = lengthAndFlag >= STORED;
  const length = isStored ? lengthAndFlag - STORED : lengthAndFlag;
  const end = start + length;
  if (length > descriptor.maxBlockBytes || end > packed.length) {
    throw corruptBatch(
      `an lz4 block of ${length} bytes at byte ${start} is over ${descriptor.maxBlockBytes} or cut off`,
    );
  }
  const block = packed.subarray(start, end);
  unpacked.push(
    isStored ? block : unpackBytes(block, descriptor.maxBlockBytes),
  );
  if (!descriptor.hasBlockChecksums) return end;
  checkSum(block, readWord(packed, end), 'block');
  return end + WORD_BYTES;
}

/** The library allocates what the four bytes before a block say: no more than it can hold. */
function unpackBytes(block: Buffer, maxBlockBytes: number): Buffer {
  const most = Math.min(maxBlockBytes, block.length * MOST_EXPANSION);
  const sized = Buffer.allocUnsafe(WORD_BYTES + block.length);
  sized.writeUInt32LE(most);
  sized.set(block, WORD_BYTES);
  return uncompressSync(sized);
}

function checkContent(
  packed: Buffer,
  position: number,
  content: Buffer,
  descriptor: Lz4Descriptor,
): void {
  let end = position;
  if (descriptor.hasContentChecksum) {
    checkSum(content, readWord(packed, end), 'content');
    end += WORD_BYTES;
  }
  const { contentSize = content.length } = descriptor;
  if (contentSize !== content.length) {
    throw corruptBatch(
      `its lz4 frame says ${contentSize} bytes and holds ${content.length}`,
    );
  }
  if (end === packed.length) return;
  throw corruptBatch(`${packed.length - end} bytes follow its lz4 frame`);
}

function checkSum(bytes: Buffer, expected: number, what: string): void {
  if (xxhash32(bytes) === expected) return;
  throw corruptBatch(`a checksum of its lz4 frame differs (${what})`);
}

function readWord(packed: Buffer, position: number): number {
  if (position + WORD_BYTES <= packed.length) {
    return packed.readUInt32LE(position);
  }
  throw corruptBatch('its lz4 frame is cut off');
}
