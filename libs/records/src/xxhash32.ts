const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;
const STRIPE_BYTES = 16;

/**
 * xxHash, 32 bits, seed 0, of `bytes`, unsigned: the checksum of LZ4's frames. Source: xxHash specification, XXH32.
 *
 * @example
 * xxhash32(Buffer.from('abc')); // 0x32d153ff
 */
export function xxhash32(bytes: Buffer): number {
  const striped = bytes.length - (bytes.length % STRIPE_BYTES);
  let hash = striped > 0 ? hashStripes(bytes, striped) : PRIME_5;
  hash = (hash + bytes.length) | 0;
  let position = striped;
  for (; position + 4 <= bytes.length; position += 4) {
    hash += Math.imul(bytes.readInt32LE(position), PRIME_3);
    hash = Math.imul(rotate(hash, 17), PRIME_4);
  }
  for (; position < bytes.length; position += 1) {
    hash += Math.imul(bytes[position] as number, PRIME_5);
    hash = Math.imul(rotate(hash, 11), PRIME_1);
  }
  return avalanche(hash);
}

/** Four accumulators, each of every fourth word of the first `end` bytes, as one. */
function hashStripes(bytes: Buffer, end: number): number {
  let first = (PRIME_1 + PRIME_2) | 0;
  let second = PRIME_2 | 0;
  let third = 0;
  let fourth = -PRIME_1 | 0;
  for (let position = 0; position < end; position += STRIPE_BYTES) {
    first = round(first, bytes.readInt32LE(position));
    second = round(second, bytes.readInt32LE(position + 4));
    third = round(third, bytes.readInt32LE(position + 8));
    fourth = round(fourth, bytes.readInt32LE(position + 12));
  }
  return (
    (rotate(first, 1) +
      rotate(second, 7) +
      rotate(third, 12) +
      rotate(fourth, 18)) |
    0
  );
}

function round(accumulator: number, word: number): number {
  const mixed = (accumulator + Math.imul(word, PRIME_2)) | 0;
  return Math.imul(rotate(mixed, 13), PRIME_1);
}

function avalanche(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  mixed = Math.imul(mixed ^ (mixed >>> 13), PRIME_3);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
