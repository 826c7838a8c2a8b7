import { murmur2 } from './murmur2.js';
import { requireInteger } from './require-integer.js';

/**
 * The partition, from 0, of a record that has a key: murmur2 without its sign, modulo the count, as Kafka's
 * `BuiltInPartitioner.partitionForKey` has it. Throws INVALID_VALUE unless `partitionCount` is a whole number from 1.
 *
 * @example
 * partitionForKey(Buffer.from('foobar'), 6); // always the same one of 0 to 5
 */
export function partitionForKey(key: Buffer, partitionCount: number): number {
  requireInteger('partitionCount', partitionCount, 1, 2 ** 31 - 1);
  return (murmur2(key) & 0x7fffffff) % partitionCount;
}
