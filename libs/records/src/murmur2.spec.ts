import { describe, expect, it } from '@jest/globals';
import { murmur2ByKafkajs } from './fixtures/foreign-clients.js';
import { SeededRandom } from './fixtures/random-records.js';
import { murmur2 } from './murmur2.js';
import { partitionForKey } from './partition-for-key.js';

/** Kafka's UtilsTest.testMurmur2. */
const PUBLISHED = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
  ['', 275646681],
] as const;

describe('murmur2', () => {
  it.each(PUBLISHED)("gives Kafka's number for '%s'", (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  it('gives the number of kafkajs for keys of every length and byte', () => {
    const seed = 20260801;
    const random = new SeededRandom(seed);
    for (let length = 0; length < 200; length += 1) {
      const key = random.bytes(length);
      const shown = { seed, key: key.toString('hex') };
      expect({ ...shown, hash: murmur2(key) }).toEqual({
        ...shown,
        hash: murmur2ByKafkajs(key),
      });
    }
  });
});

describe('partitionForKey', () => {
  it('drops the sign of the hash before it takes the rest', () => {
    // -790332482 & 0x7fffffff = 1357151166.
    expect(partitionForKey(Buffer.from('foobar'), 1000)).toBe(166);
    expect(partitionForKey(Buffer.from('abc'), 1000)).toBe(107);
  });

  it('answers 0 for one partition', () => {
    expect(partitionForKey(Buffer.from('foobar'), 1)).toBe(0);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %s partitions', (count) => {
    expect(() => partitionForKey(Buffer.from('a'), count)).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE' }),
    );
  });
});
