import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { useDatabase } from '#testing';
import { deleteRecords } from './delete-records.js';
import {
  existingLeaves,
  SegmentedTopic,
} from './maintenance/fixtures/segmented-topic.js';
import { LogMaintenance } from './maintenance/log-maintenance.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

/** Two partitions with ten records each in a sealed segment and two each behind it. */
async function twoPartitions(config = {}) {
  const db = database.open();
  const log = await SegmentedTopic.create(db, config, 2);
  for (const count of [10, 2]) {
    await log.fill(count, Date.now(), 0);
    await log.fill(count, Date.now(), 1);
    if (count === 10) await log.roll();
  }
  const { name: topic } = log.topic;
  const remove = (partition: number, before: bigint) =>
    deleteRecords(db, log.catalogue, [{ topic, partition, before }]);
  return { db, log, topic, remove };
}

describe('deleteRecords', () => {
  it('moves the log start at once, and says where it is', async () => {
    const { log, topic, remove } = await twoPartitions();
    expect(await remove(0, 4n)).toEqual([
      { topic, partition: 0, logStartOffset: 4n },
    ]);
    expect([await log.logStart(0), await log.logStart(1)]).toEqual([4n, 0n]);
  });

  it('takes -1 for the end, and may go right there', async () => {
    const { remove } = await twoPartitions();
    expect(await remove(0, -1n)).toEqual([
      expect.objectContaining({ logStartOffset: 12n }),
    ]);
    expect(await remove(1, 12n)).toEqual([
      expect.objectContaining({ logStartOffset: 12n }),
    ]);
  });

  it('never moves the log start back', async () => {
    const { remove } = await twoPartitions();
    await remove(0, 6n);
    expect(await remove(0, 2n)).toEqual([
      expect.objectContaining({ logStartOffset: 6n }),
    ]);
  });

  it.each([13n, -2n])(
    'refuses %s, and does nothing of the call',
    async (before) => {
      const { db, log, topic } = await twoPartitions();
      const requests = [
        { topic, partition: 0, before: 5n },
        { topic, partition: 1, before },
      ];
      await expect(deleteRecords(db, log.catalogue, requests)).rejects.toThrow(
        expect.objectContaining({
          code: 'OFFSET_OUT_OF_RANGE',
          message: expect.stringContaining(
            `${topic}-1 cannot be deleted up to ${before}`,
          ),
        }),
      );
      expect(await log.logStart(0)).toBe(0n);
    },
  );

  it('refuses a topic that is only compacted, and takes one that is both', async () => {
    const compacted = await twoPartitions({ 'cleanup.policy': 'compact' });
    await expect(compacted.remove(0, 1n)).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG' }),
    );
    const both = await twoPartitions({ 'cleanup.policy': 'compact,delete' });
    expect(await both.remove(0, 1n)).toHaveLength(1);
  });

  it.each([
    ['topic', 'gone', 0],
    ['partition', undefined, 2],
  ])('refuses a %s that does not exist', async (_, gone, partition) => {
    const { db, log, topic } = await twoPartitions();
    const request = { topic: gone ?? topic, partition, before: 1n };
    await expect(deleteRecords(db, log.catalogue, [request])).rejects.toThrow(
      expect.objectContaining({ code: 'UNKNOWN_TOPIC_OR_PARTITION' }),
    );
  });

  it('gives the disk back once every partition is past a segment', async () => {
    const { db, log, remove } = await twoPartitions({ 'retention.ms': -1 });
    const maintenance = new LogMaintenance(db);
    await remove(0, 10n);
    await maintenance.runOnce();
    expect(await log.leaves()).toHaveLength(2);
    await remove(1, 11n);
    const { topics, droppedLeaves } = await maintenance.runOnce();
    expect(topics).toEqual([
      expect.objectContaining({
        topic: log.topic.name,
        dropped: [expect.objectContaining({ reason: 'log start' })],
      }),
    ]);
    expect(droppedLeaves).toEqual([log.topic.leaf]);
    expect(await existingLeaves(db, log.topic.number)).toHaveLength(1);
    expect([await log.logStart(0), await log.logStart(1)]).toEqual([10n, 11n]);
  });
});
