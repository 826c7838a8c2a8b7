const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/**
 * 32-bit murmur2 of `bytes` with Kafka's seed, signed: the same number as `org.apache.kafka.common.utils.Utils.murmur2`,
 * so a key goes to the partition that Kafka's clients choose for it.
 *
 * @example
 * murmur2(Buffer.from('foobar')); // -790332482
 */
export function murmur2(bytes: Buffer): number {
  const length = bytes.length;
  const tail = length & ~3;
  let hash = SEED ^ length;
  for (let i = 0; i < tail; i += 4) {
    let word = Math.imul(bytes.readInt32LE(i), MULTIPLIER);
    word ^= word >>> 24;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  if (tail < length) {
    hash ^= bytes.readUIntLE(tail, length - tail);
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MULTIPLIER);
  return hash ^ (hash >>> 15);
}
