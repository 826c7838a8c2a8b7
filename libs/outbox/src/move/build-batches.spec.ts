import { describe, expect, it } from '@jest/globals';
import { topicConfig, type Topic } from '#log';
import { decodeRecordBatch, partitionForKey } from '#records';
import { buildBatches } from './build-batches.js';
import type { PendingEvent } from './pending-event.js';

const topic: Topic = {
  number: 1,
  id: '00000000-0000-0000-0000-000000000000',
  name: 'built',
  config: topicConfig({ 'max.message.bytes': 1_000 }),
  overrides: {},
  partitions: [0, 1, 2].map((index) => ({
    id: 10 + index,
    index,
    leaderEpoch: 0,
  })),
  segmentNumber: 0,
  leaf: 'log_1_0',
};
const topics = new Map([[1, topic]]);

function event(
  n: number,
  key: string | null,
  value: Buffer | null = Buffer.alloc(50),
): PendingEvent {
  return {
    id: BigInt(n),
    shard: 0,
    eventId: `event-${n}`,
    topicNumber: 1,
    timestamp: 1_000 + n,
    deliverAt: undefined,
    key: key === null ? null : Buffer.from(key),
    value,
    headers: null,
  };
}

describe('buildBatches', () => {
  it('makes nothing of nothing', () => {
    expect(buildBatches([], topics, 0)).toEqual([]);
  });

  it("puts each key into Kafka's partition for it, in order, and splits at max.message.bytes", () => {
    const events = Array.from({ length: 60 }, (_, n) => event(n, `k${n % 5}`));
    const batches = buildBatches(events, topics, 0);
    const ids = batches.flatMap((batch) => batch.ids);
    expect([...ids].sort((a, b) => Number(a - b))).toEqual(
      events.map(({ id }) => id),
    );
    for (const { append, ids: own } of batches) {
      const { records } = decodeRecordBatch(append.bytes);
      expect(append.bytes.length).toBeLessThanOrEqual(1_000);
      expect(records).toHaveLength(own.length);
      expect(own).toEqual([...own].sort((a, b) => Number(a - b)));
      for (const { key } of records)
        expect(partitionForKey(key as Buffer, 3)).toBe(append.partition.index);
    }
    expect(batches.length).toBeGreaterThan(3);
  });

  it('puts all events without a key of one move into one partition', () => {
    const batches = buildBatches([event(1, null), event(2, null)], topics, 5);
    expect(batches).toHaveLength(1);
    expect(batches[0]?.append.partition.index).toBe(2);
  });

  it('keeps a tombstone a tombstone and bears the id of the event', () => {
    const [batch] = buildBatches([event(7, 'k', null)], topics, 0);
    const [record] = decodeRecordBatch(batch?.append.bytes as Buffer).records;
    expect(record?.value).toBeNull();
    expect(record?.headers).toEqual([
      { key: 'id', value: Buffer.from('event-7') },
    ]);
  });
});
