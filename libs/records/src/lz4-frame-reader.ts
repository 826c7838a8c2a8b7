import { uncompressSync } from 'lz4-napi';
import { corruptBatch } from './corrupt-batch.js';
import { readLz4Descriptor, type Lz4Descriptor } from './lz4-descriptor.js';
import { UnpackedBlocks } from './unpacked-blocks.js';
import { xxhash32 } from './xxhash32.js';

const WORD_BYTES = 4;
/** The bit of a block's length that says its bytes stand as they are. */
const STORED = 0x80000000;
/** A byte of lz4 makes no more than 255. */
const MOST_EXPANSION = 255;

/** Reads one frame of LZ4, whose grammar stands above {@link compressLz4}, and checks every checksum in it. */
export class Lz4FrameReader {
  readonly #packed: Buffer;
  readonly #descriptor: Lz4Descriptor;
  readonly #unpacked: UnpackedBlocks;
  #position: number;

  constructor(packed: Buffer, maxBytes: number) {
    this.#packed = packed;
    this.#descriptor = readLz4Descriptor(packed);
    this.#position = this.#descriptor.end;
    this.#unpacked = new UnpackedBlocks('lz4', maxBytes);
  }

  /** What the frame holds. */
  readAll(): Buffer {
    this.#unpacked.requireRoom(this.#descriptor.contentSize ?? 0);
    for (;;) {
      const length = this.#readWord();
      if (length === 0) break;
      if (length >= STORED) {
        this.#unpacked.push(this.#readBlock(length - STORED));
      } else {
        this.#unpacked.push(this.#unpack(this.#readBlock(length)));
      }
    }
    const content = this.#unpacked.join();
    this.#checkContent(content);
    return content;
  }

  /** The bytes of a block as they stand, their checksum compared. */
  #readBlock(length: number): Buffer {
    const start = this.#position;
    const end = start + length;
    const { maxBlockBytes, hasBlockChecksums } = this.#descriptor;
    if (length > maxBlockBytes || end > this.#packed.length) {
      throw corruptBatch(
        `an lz4 block of ${length} bytes at byte ${start} is over ${maxBlockBytes} or cut off`,
      );
    }
    this.#position = end;
    const block = this.#packed.subarray(start, end);
    if (hasBlockChecksums) this.#checkSum(block, 'block');
    return block;
  }

  /** The library allocates what the four bytes before a block say: no more than the block can hold. */
  #unpack(block: Buffer): Buffer {
    const { maxBlockBytes } = this.#descriptor;
    const most = Math.min(maxBlockBytes, block.length * MOST_EXPANSION);
    const sized = Buffer.allocUnsafe(WORD_BYTES + block.length);
    sized.writeUInt32LE(most);
    sized.set(block, WORD_BYTES);
    return uncompressSync(sized);
  }

  #checkContent(content: Buffer): void {
    const { contentSize = content.length, hasContentChecksum } =
      this.#descriptor;
    if (hasContentChecksum) this.#checkSum(content, 'content');
    if (contentSize !== content.length) {
      throw corruptBatch(
        `its lz4 frame says ${contentSize} bytes and holds ${content.length}`,
      );
    }
    const left = this.#packed.length - this.#position;
    if (left > 0) throw corruptBatch(`${left} bytes follow its lz4 frame`);
  }

  #checkSum(bytes: Buffer, what: 'block' | 'content'): void {
    if (this.#readWord() === xxhash32(bytes)) return;
    throw corruptBatch(`a ${what} checksum of its lz4 frame differs`);
  }

  #readWord(): number {
    const start = this.#position;
    this.#position = start + WORD_BYTES;
    if (this.#position <= this.#packed.length) {
      return this.#packed.readUInt32LE(start);
    }
    throw corruptBatch('its lz4 frame is cut off');
  }
}
