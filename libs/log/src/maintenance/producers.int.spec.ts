import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import type { Database } from '#postgres';
import { useDatabase } from '#testing';
import { deleteTopic } from '../delete-topic.js';
import { SegmentedTopic } from './fixtures/segmented-topic.js';
import { LogMaintenance } from './log-maintenance.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const HOUR_MS = 3_600_000;
const PRODUCER = { producerId: 5n, producerEpoch: 0 };

function send(log: SegmentedTopic, baseSequence: number, timestamp?: number) {
  const record = [`k${baseSequence}`, 'v', timestamp] as const;
  return log.append([record], 0, { ...PRODUCER, baseSequence });
}

/** What is remembered of the producer besides what stands in the active leaf: its base sequences. */
async function remembered(db: Database, log: SegmentedTopic) {
  const { rows } = await db.query(
    `select base_sequence from ${db.schema}.producer_snapshots where partition_id = $1 order by base_offset`,
    [log.partitionId(0)],
  );
  return rows.map((row) => row.base_sequence as number);
}

async function ageProducers(db: Database, hours: number): Promise<void> {
  await db.query(
    `update ${db.schema}.producer_snapshots set noted_at = now() - make_interval(hours => $1)`,
    [hours],
  );
}

describe('An idempotent producer', () => {
  it('is remembered when the segment it wrote to is dropped', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db, { 'retention.ms': HOUR_MS });
    expect(await send(log, 0, 1_000)).toBe(0n);
    expect(await send(log, 1, 1_000)).toBe(1n);
    const report = await new LogMaintenance(db).runOnce();
    expect(report.droppedLeaves).toEqual([log.topic.leaf]);
    expect(await log.contents()).toEqual([]);

    expect(await send(log, 1)).toBe(1n);
    expect(await log.contents()).toEqual([]);
    await expect(send(log, 3)).rejects.toThrow(
      expect.objectContaining({ code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }),
    );
    expect(await send(log, 2)).toBe(2n);
  });

  it('is remembered when all its records are compacted away', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db, {
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': 0,
    });
    await send(log, 0);
    await log.append([['k0', 'newer']]);
    await log.roll();
    await new LogMaintenance(db).runOnce();
    expect(await log.contents()).toEqual(['1 k0=newer']);
    expect(await send(log, 0)).toBe(0n);
    expect(await send(log, 1)).toBe(2n);
  });

  it('is forgotten producer.id.expiration.ms after the last segment that it wrote to was sealed', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db);
    await send(log, 0);
    await log.roll();
    await ageProducers(db, 23);
    await new LogMaintenance(db).runOnce();
    expect(await remembered(db, log)).toEqual([0]);
    await ageProducers(db, 25);
    await new LogMaintenance(db).runOnce();
    expect(await remembered(db, log)).toEqual([]);
  });

  it('is not forgotten while it has a batch in the active leaf', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db);
    await send(log, 0);
    await log.roll();
    await send(log, 1);
    await ageProducers(db, 25);
    await new LogMaintenance(db).runOnce();
    expect(await remembered(db, log)).toEqual([0]);
    expect(await send(log, 0)).toBe(0n);
  });

  it('of a deleted topic is forgotten as well', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db);
    await send(log, 0);
    await log.roll();
    await deleteTopic(db, log.topic.name);
    await ageProducers(db, 25);
    await new LogMaintenance(db).runOnce();
    expect(await remembered(db, log)).toEqual([]);
  });
});
