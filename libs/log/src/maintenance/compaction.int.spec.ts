import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import type { Database } from '#postgres';
import { COMPRESSIONS } from '#records';
import { useDatabase, waitFor } from '#testing';
import { alterTopic } from '../alter-topic.js';
import { existingLeaves, SegmentedTopic } from './fixtures/segmented-topic.js';
import { LogMaintenance } from './log-maintenance.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const COMPACT = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': 0 };

/** Fails where a table is left over that the catalogue does not name. */
async function expectNoOtherLeaf(db: Database, log: SegmentedTopic) {
  expect(await existingLeaves(db, log.topic.number)).toEqual(
    [...(await log.leaves())].sort(),
  );
}

describe('Compaction', () => {
  it('keeps the last value of each key at its offset, and leaves the active segment alone', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db, COMPACT);
    await log.append([
      ['a', '1'],
      ['b', '1'],
      ['a', '2'],
    ]);
    await log.append([['c', '1']]);
    await log.roll();
    await log.append([
      ['b', '2'],
      ['a', '3'],
    ]);
    await log.roll();
    await log.append([
      ['c', '9'],
      ['c', '10'],
    ]);
    const [first, second, active] = await log.leaves();

    const report = await new LogMaintenance(db).runOnce();
    expect(report.failed).toEqual([]);
    expect(report.topics[0]?.compacted).toEqual([
      expect.objectContaining({
        leaves: [first, second],
        newLeaf: `${second}_1`,
        recordsBefore: 6,
        recordsAfter: 3,
      }),
    ]);
    expect(await log.contents()).toEqual([
      '3 c=1',
      '4 b=2',
      '5 a=3',
      '6 c=9',
      '7 c=10',
    ]);
    expect(await log.leaves()).toEqual([`${second}_1`, active]);
    await expectNoOtherLeaf(db, log);
  });

  it('leaves the merged segment with the whole range of offsets, marked as having gaps', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db, COMPACT, 2);
    await log.append([['a', '1']]);
    await log.append([['x', '1']], 1);
    await log.roll();
    await log.append([['a', '2']]);
    await log.roll();
    await log.append([['a', '3']]);
    await new LogMaintenance(db).runOnce();
    const [merged, active] = await log.segments();
    expect(merged).toMatchObject({
      number: 1,
      isCompacted: true,
      isFrozen: true,
    });
    expect(merged?.partitions).toEqual([
      expect.objectContaining({ firstOffset: 0n, lastOffset: 1n }),
      expect.objectContaining({ firstOffset: 0n, lastOffset: 0n }),
    ]);
    expect(active?.number).toBe(2);
    const { rows } = await db.query(
      `select has_gaps from ${db.schema}.segments where topic_number = $1 order by number`,
      [log.topic.number],
    );
    expect(rows).toEqual([{ has_gaps: true }, { has_gaps: false }]);
  });

  it('keeps tombstones for delete.retention.ms', async () => {
    const db = database.open();
    const config = { ...COMPACT, 'delete.retention.ms': 3_600_000 };
    const log = await SegmentedTopic.create(db, config);
    await log.append([
      ['a', '1'],
      ['b', '1'],
      ['a', null],
    ]);
    await log.roll();
    const maintenance = new LogMaintenance(db);
    await maintenance.runOnce();
    expect(await log.contents()).toEqual(['1 b=1', '2 a=null']);
    const [kept] = await log.segments();
    expect(kept?.deleteHorizon).toBeGreaterThan(Date.now() + 3_000_000);
    expect((await maintenance.runOnce()).topics).toEqual([]);
  });

  it('takes a tombstone whose time is over, and does not come back for the batch it stood in', async () => {
    const db = database.open();
    const config = { ...COMPACT, 'delete.retention.ms': 0 };
    const log = await SegmentedTopic.create(db, config);
    await log.append([
      ['a', '1'],
      ['b', '1'],
      ['a', null],
    ]);
    await log.roll();
    const maintenance = new LogMaintenance(db);
    await maintenance.runOnce();
    expect(await log.contents()).toEqual(['1 b=1', '2 a=null']);
    await waitFor('the tombstone to go', async () => {
      await maintenance.runOnce();
      return (await log.contents()).length === 1;
    });
    expect(await log.contents()).toEqual(['1 b=1']);
    expect((await maintenance.runOnce()).topics).toEqual([]);
  });

  it('does not touch segments with records younger than min.compaction.lag.ms', async () => {
    const db = database.open();
    const config = { ...COMPACT, 'min.compaction.lag.ms': 3_600_000 };
    const log = await SegmentedTopic.create(db, config);
    await log.append([
      ['a', '1', 1],
      ['a', '2', 2],
    ]);
    await log.roll();
    await log.append([
      ['a', '3'],
      ['a', '4'],
    ]);
    await log.roll();
    await new LogMaintenance(db).runOnce();
    expect(await log.contents()).toEqual(['1 a=2', '2 a=3', '3 a=4']);
  });

  it('drops what is past retention.ms as well where cleanup.policy is both', async () => {
    const db = database.open();
    const config = {
      ...COMPACT,
      'cleanup.policy': 'compact,delete',
      'retention.ms': 3_600_000,
    };
    const log = await SegmentedTopic.create(db, config);
    await log.append([['a', '1', 1_000]]);
    await log.roll();
    await log.append([
      ['b', '1'],
      ['b', '2'],
    ]);
    await log.roll();
    const report = await new LogMaintenance(db).runOnce();
    expect(report.topics[0]?.dropped).toHaveLength(1);
    expect(await log.contents()).toEqual(['2 b=2']);
    expect(await log.logStart()).toBe(1n);
  });

  it('drops records without a key, which came before the topic was compacted', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db);
    await log.append([
      [null, '1'],
      ['a', '1'],
    ]);
    await log.roll();
    await alterTopic(db, log.topic.name, { set: COMPACT });
    await new LogMaintenance(db).runOnce();
    expect(await log.contents()).toEqual(['1 a=1']);
  });

  it('keeps the fields of a producer in batches that it thins', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db, COMPACT);
    const producer = { producerId: 7n, producerEpoch: 0, baseSequence: 0 };
    await log.append(
      [
        ['a', '1'],
        ['b', '1'],
        ['a', '2'],
      ],
      0,
      producer,
    );
    await log.roll();
    await new LogMaintenance(db).runOnce();
    const [leaf] = await log.leaves();
    const { rows } = await db.query(
      `select base_offset, last_offset, record_count, producer_id, producer_epoch, base_sequence
      from ${db.schema}.${leaf}`,
    );
    expect(rows).toEqual([
      {
        base_offset: '0',
        last_offset: '2',
        record_count: 2,
        producer_id: '7',
        producer_epoch: 0,
        base_sequence: 0,
      },
    ]);
  });

  it.each(COMPRESSIONS)(
    'thins batches of compression %s',
    async (compression) => {
      const db = database.open();
      const log = await SegmentedTopic.create(db, COMPACT);
      const records = Array.from(
        { length: 100 },
        (_, n) => [`k${n % 10}`, `v${n}`] as const,
      );
      await log.append(records, 0, { compression });
      await log.roll();
      await new LogMaintenance(db).runOnce();
      const last = records
        .slice(90)
        .map(([key, value], n) => `${90 + n} ${key}=${value}`);
      expect(await log.contents()).toEqual(last);
    },
  );
});

describe('Compaction with more keys than fit into memory', () => {
  it('cleans up to the last segment whose keys do, and goes on in the next run', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db, COMPACT);
    for (const value of ['1', '2']) {
      await log.append([
        ['a', value],
        ['b', value],
      ]);
      await log.roll();
    }
    await log.append([
      ['c', '1'],
      ['d', '1'],
      ['c', '2'],
    ]);
    await log.roll();
    const maintenance = new LogMaintenance(db, { maxKeys: 3 });
    const first = await maintenance.runOnce();
    expect(first.failed).toEqual([]);
    const rest = ['4 c=1', '5 d=1', '6 c=2'];
    expect(await log.contents()).toEqual(['2 a=2', '3 b=2', ...rest]);
    await maintenance.runOnce();
    expect(await log.contents()).toEqual(['2 a=2', '3 b=2', ...rest.slice(1)]);
  });

  it('says so where not even one segment does, changes nothing, and works on the other topics', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db, COMPACT);
    await log.fill(4);
    await log.roll();
    const other = await SegmentedTopic.create(db, COMPACT);
    await other.append([
      ['a', '1'],
      ['a', '2'],
    ]);
    await other.roll();
    const report = await new LogMaintenance(db, { maxKeys: 3 }).runOnce();
    expect(report.failed).toEqual([
      {
        what: log.topic.name,
        error: expect.objectContaining({ code: 'NOT_SUPPORTED' }),
      },
    ]);
    expect(await log.contents()).toHaveLength(4);
    expect(await other.contents()).toEqual(['1 a=2']);
    await alterTopic(db, log.topic.name, {
      set: { 'cleanup.policy': 'delete' },
    });
  });
});
