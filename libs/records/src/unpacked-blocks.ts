import type { Compression } from './compression.js';
import { decompressedTooLarge } from './decompressed-too-large.js';

/** Blocks that are unpacked one by one, together of at most `maxBytes`. */
export class UnpackedBlocks {
  readonly #compression: Compression;
  readonly #maxBytes: number;
  readonly #blocks: Buffer[] = [];
  #length = 0;

  constructor(compression: Compression, maxBytes: number) {
    this.#compression = compression;
    this.#maxBytes = maxBytes;
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** Throws MESSAGE_TOO_LARGE where `count` more bytes are too many. */
  requireRoom(count: number): void {
    if (count <= this.#maxBytes - this.#length) return;
    throw decompressedTooLarge(this.#compression, this.#maxBytes);
  }

  /** Takes one more block. Throws MESSAGE_TOO_LARGE. */
  push(block: Buffer): void {
    this.requireRoom(block.length);
    this.#blocks.push(block);
    this.#length += block.length;
  }

  /** All of them as one; the only block as it is. */
  join(): Buffer {
    const [first, second] = this.#blocks;
    if (first && !second) return first;
    return Buffer.concat(this.#blocks, this.#length);
  }
}
