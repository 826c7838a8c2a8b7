import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { useDatabase } from '#testing';
import { deleteTopic } from '../delete-topic.js';
import { existingLeaves, SegmentedTopic } from './fixtures/segmented-topic.js';
import { LogMaintenance } from './log-maintenance.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const HOUR_MS = 3_600_000;
const longAgo = () => Date.now() - 5 * HOUR_MS;

describe('Retention', () => {
  it('moves the log start, drops the leaf, and leaves the rest as it was', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db, { 'retention.ms': HOUR_MS }, 2);
    await log.fill(3, longAgo());
    await log.fill(2, longAgo(), 1);
    await log.roll();
    await log.append([['kept', '1']]);
    await log.roll();
    await log.append([['kept', '2']]);

    const report = await new LogMaintenance(db).runOnce();
    const first = log.topic.leaf;
    expect(report.failed).toEqual([]);
    expect(report.topics).toEqual([
      expect.objectContaining({
        topic: log.topic.name,
        dropped: [
          expect.objectContaining({ leaf: first, reason: 'retention.ms' }),
        ],
      }),
    ]);
    expect(report.droppedLeaves).toEqual([first]);
    expect(report.freedBytes).toBeGreaterThan(0);
    expect([await log.logStart(0), await log.logStart(1)]).toEqual([3n, 2n]);
    expect(await log.contents()).toEqual(['3 kept=1', '4 kept=2']);
    expect(await existingLeaves(db, log.topic.number)).toEqual(
      await log.leaves(),
    );
  });

  it('seals the active segment where all of it is past, and goes on at the same offsets', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db, { 'retention.ms': HOUR_MS });
    await log.fill(4, longAgo());
    const report = await new LogMaintenance(db).runOnce();
    expect(report.topics[0]?.rolled).toEqual(['expired']);
    expect(report.droppedLeaves).toEqual([log.topic.leaf]);
    expect(await log.logStart()).toBe(4n);
    expect(await log.append([['next', '1']])).toBe(4n);
  });

  it('leaves an active segment that has one fresh record before its old ones', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db, { 'retention.ms': HOUR_MS });
    await log.fill(1);
    await log.fill(4, longAgo());
    const report = await new LogMaintenance(db).runOnce();
    expect(report.topics).toEqual([]);
    expect(await log.contents()).toHaveLength(5);
  });

  it('keeps retention.bytes of each partition, as Kafka does', async () => {
    const db = database.open();
    const config = { 'retention.bytes': 2_000, 'retention.ms': -1 };
    const log = await SegmentedTopic.create(db, config, 2);
    const kilobyte = 'x'.repeat(1_000);
    for (const partitions of [[0, 1], [0], [0], [0]]) {
      for (const index of partitions)
        await log.append([['k', kilobyte]], index);
      await log.roll();
    }
    const maintenance = new LogMaintenance(db);
    await maintenance.runOnce();
    expect([await log.logStart(0), await log.logStart(1)]).toEqual([0n, 0n]);

    await log.append([['k', kilobyte]], 1);
    await log.append([['k', kilobyte]], 1);
    const report = await maintenance.runOnce();
    expect(report.topics[0]?.dropped.map(({ reason }) => reason)).toEqual([
      'retention.bytes',
      'retention.bytes',
    ]);
    expect([await log.logStart(0), await log.logStart(1)]).toEqual([2n, 1n]);
  });

  it('keeps the sealed leaves of a topic below retention.topic.bytes on disk', async () => {
    const db = database.open();
    const config = { 'retention.topic.bytes': 100_000, 'retention.ms': -1 };
    const log = await SegmentedTopic.create(db, config);
    for (let n = 0; n < 3; n += 1) {
      await log.append([['k', 'x'.repeat(40_000)]]);
      await log.roll();
    }
    await new LogMaintenance(db).runOnce();
    const sealed = (await log.segments()).slice(0, -1);
    const bytes = sealed.reduce((sum, each) => sum + (each.sizeBytes ?? 0), 0);
    expect(sealed.length).toBeLessThan(3);
    expect(bytes).toBeLessThanOrEqual(100_000);
  });

  it('does nothing to an idle topic, and says so', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db);
    await log.fill(3);
    await log.roll();
    await log.fill(3);
    const maintenance = new LogMaintenance(db);
    expect((await maintenance.runOnce()).topics[0]?.frozen).toEqual([
      log.topic.leaf,
    ]);
    expect(await maintenance.runOnce()).toEqual({
      topics: [],
      busy: [],
      failed: [],
      droppedLeaves: [],
      waitingLeaves: [],
      freedBytes: 0,
    });
  });
});

describe('A segment that is sealed', () => {
  it('by age once segment.ms is over, where anything stands in it', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db, { 'segment.ms': 1 });
    const maintenance = new LogMaintenance(db);
    expect((await maintenance.runOnce()).topics).toEqual([]);
    await log.fill(1);
    expect((await maintenance.runOnce()).topics[0]?.rolled).toEqual(['age']);
    expect(await log.leaves()).toHaveLength(2);
    expect((await maintenance.runOnce()).topics).toEqual([]);
  });

  it('is frozen once, and no page of it is left to a vacuum', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db);
    await log.append([['k', 'x'.repeat(20_000)]]);
    await log.roll();
    await new LogMaintenance(db).runOnce();
    const [sealed] = await log.segments();
    expect(sealed).toMatchObject({ isFrozen: true, leaf: log.topic.leaf });
    const { rows } = await db.query(
      `select part.relallvisible = part.relpages as all_visible, age(part.relfrozenxid) < 1000 as is_young
      from pg_class as leaf join pg_class as part on part.oid in (leaf.oid, leaf.reltoastrelid)
      where leaf.relname = $1`,
      [log.topic.leaf],
    );
    const done = { all_visible: true, is_young: true };
    expect(rows).toEqual([done, done]);
  });
});

describe('A leaf that is to be dropped', () => {
  it('waits for who reads it, and holds up nobody meanwhile', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db, { 'retention.ms': HOUR_MS });
    await log.fill(3, longAgo());
    await log.roll();
    await log.fill(1);
    const { leaf } = log.topic;
    const maintenance = new LogMaintenance(db);
    await db.transaction(async (reader) => {
      await reader.query(`select count(*) from ${db.schema}.${leaf}`);
      const report = await maintenance.runOnce();
      expect(report.waitingLeaves).toEqual([leaf]);
      expect(report.failed).toEqual([]);
      expect(await log.logStart()).toBe(3n);
      expect(await log.append([['on', '1']])).toBe(4n);
      const { rows } = await reader.query(
        `select count(*)::int as batches from ${db.schema}.${leaf}`,
      );
      expect(rows).toEqual([{ batches: 1 }]);
    });
    const report = await maintenance.runOnce();
    expect(report.droppedLeaves).toEqual([leaf]);
    expect(await existingLeaves(db, log.topic.number)).not.toContain(leaf);
  });

  it('of a topic that was deleted goes in the next run', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db);
    await log.fill(1);
    await log.roll();
    await log.fill(1);
    const leaves = await log.leaves();
    await deleteTopic(db, log.topic.name);
    const report = await new LogMaintenance(db).runOnce();
    expect(report.droppedLeaves).toEqual(leaves);
    expect(await existingLeaves(db, log.topic.number)).toEqual([]);
  });

  it('stays where a segment names it, whatever the list says', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db);
    await log.fill(2);
    await db.query(
      `insert into ${db.schema}.retired_leaves (leaf) values ($1)`,
      [log.topic.leaf],
    );
    const report = await new LogMaintenance(db).runOnce();
    expect(report.droppedLeaves).toEqual([]);
    expect(await log.contents()).toHaveLength(2);
    await db.query(`delete from ${db.schema}.retired_leaves`);
  });
});
