import { hash } from 'node:crypto';

/** Bytes of a key's hash that are kept: two keys that share 128 bits of SHA-256 are not to be found. */
const HASH_BYTES = 16;
const WORDS = HASH_BYTES / 4;
const FIRST_SLOTS = 1 << 12;
/** Beyond this share of slots in use, looking one up gets long. */
const MOST_LOAD = 0.75;
const ABSENT = -1n;

/**
 * The last offset of each key, in bounded memory: 24 bytes a slot, as Kafka's cleaner has it (SkimpyOffsetMap). Keys are
 * kept as hashes, each partition's apart.
 */
export class OffsetMap {
  readonly #maxKeys: number;
  #hashes = new Int32Array(FIRST_SLOTS * WORDS);
  #offsets = new BigInt64Array(FIRST_SLOTS).fill(ABSENT);
  #size = 0;

  /** @param maxKeys how many keys it takes, of all partitions together */
  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  get size(): number {
    return this.#size;
  }

  /** Notes a key's offset in place of a lesser one; false, and nothing is noted, where there is no room for the key. */
  put(partitionId: number, key: Buffer, offset: bigint): boolean {
    const hashed = hashOf(partitionId, key);
    const slot = this.#find(hashed);
    const known = this.#offsets[slot] as bigint;
    if (known === ABSENT && this.#size >= this.#maxKeys) return false;
    if (known === ABSENT) this.#add(slot, hashed, offset);
    else if (offset > known) this.#offsets[slot] = offset;
    return true;
  }

  /** The last offset of a key; undefined where it was never put. */
  get(partitionId: number, key: Buffer): bigint | undefined {
    const offset = this.#offsets[this.#find(hashOf(partitionId, key))];
    return offset === ABSENT ? undefined : offset;
  }

  #add(slot: number, hashed: Int32Array, offset: bigint): void {
    this.#hashes.set(hashed, slot * WORDS);
    this.#offsets[slot] = offset;
    this.#size += 1;
    if (this.#size > this.#offsets.length * MOST_LOAD) this.#grow();
  }

  /** The slot of a key, or the one where it would be put. */
  #find(hashed: Int32Array): number {
    const mask = this.#offsets.length - 1;
    let slot = (hashed[0] as number) & mask;
    while (this.#offsets[slot] !== ABSENT && !this.#isAt(slot, hashed))
      slot = (slot + 1) & mask;
    return slot;
  }

  #isAt(slot: number, hashed: Int32Array): boolean {
    const at = slot * WORDS;
    return (
      this.#hashes[at] === hashed[0] &&
      this.#hashes[at + 1] === hashed[1] &&
      this.#hashes[at + 2] === hashed[2] &&
      this.#hashes[at + 3] === hashed[3]
    );
  }

  #grow(): void {
    const hashes = this.#hashes;
    const offsets = this.#offsets;
    this.#hashes = new Int32Array(hashes.length * 2);
    this.#offsets = new BigInt64Array(offsets.length * 2).fill(ABSENT);
    for (let from = 0; from < offsets.length; from += 1) {
      const offset = offsets[from] as bigint;
      if (offset === ABSENT) continue;
      const hashed = hashes.subarray(from * WORDS, from * WORDS + WORDS);
      const slot = this.#find(hashed);
      this.#hashes.set(hashed, slot * WORDS);
      this.#offsets[slot] = offset;
    }
  }
}

function hashOf(partitionId: number, key: Buffer): Int32Array {
  const named = Buffer.allocUnsafe(4 + key.length);
  named.writeInt32BE(partitionId);
  named.set(key, 4);
  const digest = hash('sha256', named, 'buffer');
  return Int32Array.of(
    digest.readInt32BE(0),
    digest.readInt32BE(4),
    digest.readInt32BE(8),
    digest.readInt32BE(12),
  );
}
