import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import type { Database, Tx } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import { alterTopic } from '../alter-topic.js';
import { deleteTopic } from '../delete-topic.js';
import { existingLeaves, SegmentedTopic } from './fixtures/segmented-topic.js';
import { LogMaintenance } from './log-maintenance.js';
import type { MaintenanceReport } from './maintenance-report.js';
import { withTopicLock } from './topic-lock.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const COMPACT = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': 0 };
const CLEANER = 'cleaner';

/** A topic with a compacted segment and a dirty one behind it. */
async function halfCleanTopic(db: Database): Promise<SegmentedTopic> {
  const log = await SegmentedTopic.create(db, COMPACT);
  await log.append([
    ['a', '1'],
    ['b', '1'],
    ['a', '2'],
  ]);
  await log.roll();
  await new LogMaintenance(db).runOnce();
  await log.append([
    ['a', '3'],
    ['c', '1'],
  ]);
  await log.roll();
  return log;
}

const BEFORE = ['1 b=1', '2 a=2', '3 a=3', '4 c=1'];
const AFTER = ['1 b=1', '3 a=3', '4 c=1'];

/** Waits until the cleaner stands before a table that somebody has locked. */
async function cleanerIsHeld(db: Database): Promise<number> {
  return waitFor('the cleaner to be held', async () => {
    const { rows } = await db.query(
      `select pid from pg_stat_activity
      where application_name = $1 and wait_event_type = 'Lock'`,
      [CLEANER],
    );
    return rows[0]?.pid as number | undefined;
  });
}

/**
 * Runs maintenance, holds it where it has made the new leaf and reads the oldest one, and does something meanwhile. What
 * was done is seen by the cleaner when it goes on.
 */
async function whileCleaning(
  db: Database,
  log: SegmentedTopic,
  act: (pid: number, holder: Tx) => Promise<unknown>,
): Promise<MaintenanceReport> {
  const cleaner = database.open({ applicationName: CLEANER });
  const [oldest] = await log.leaves();
  let running: Promise<MaintenanceReport> | undefined;
  await db.transaction(async (holder) => {
    await holder.query(
      `lock table ${db.schema}.${oldest} in access exclusive mode`,
    );
    running = new LogMaintenance(cleaner).runOnce();
    await act(await cleanerIsHeld(db), holder);
  });
  return running as Promise<MaintenanceReport>;
}

describe('A cleaner whose session is ended', () => {
  it('leaves the log as it was, and nothing behind once maintenance runs again', async () => {
    const db = database.open();
    const log = await halfCleanTopic(db);
    const leaves = await log.leaves();
    const report = await whileCleaning(db, log, (pid) =>
      db.query('select pg_terminate_backend($1)', [pid]),
    );
    expect(report.failed).toEqual([
      {
        what: log.topic.name,
        error: expect.objectContaining({ code: 'POSTGRES_UNAVAILABLE' }),
      },
    ]);
    expect(await log.leaves()).toEqual(leaves);
    expect(await log.contents()).toEqual(BEFORE);

    await new LogMaintenance(db).runOnce();
    expect(await log.contents()).toEqual(AFTER);
    expect(await existingLeaves(db, log.topic.number)).toEqual(
      [...(await log.leaves())].sort(),
    );
  });

  it('stops where it has lost its lock', async () => {
    const db = database.open();
    const log = await halfCleanTopic(db);
    const report = await whileCleaning(db, log, async () => {
      await db.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = $1 and state = 'idle in transaction'`,
        [CLEANER],
      );
    });
    expect(report.failed).toEqual([
      {
        what: log.topic.name,
        error: expect.objectContaining({ code: 'POSTGRES_UNAVAILABLE' }),
      },
    ]);
    expect(await log.contents()).toEqual(BEFORE);
  });
});

describe('While a cleaner is at work', () => {
  it('a topic can be deleted, and nothing of it comes back', async () => {
    const db = database.open();
    const log = await halfCleanTopic(db);
    const report = await whileCleaning(db, log, () =>
      deleteTopic(db, log.topic.name),
    );
    expect(report.failed).toEqual([]);
    expect(report.topics).toEqual([]);
    expect(await log.leaves()).toEqual([]);
    await new LogMaintenance(db).runOnce();
    expect(await existingLeaves(db, log.topic.number)).toEqual([]);
  });

  it('a topic can cease to be compacted, and stays as it is', async () => {
    const db = database.open();
    const log = await halfCleanTopic(db);
    const leaves = await log.leaves();
    await whileCleaning(db, log, () =>
      alterTopic(db, log.topic.name, { set: { 'cleanup.policy': 'delete' } }),
    );
    expect(await log.leaves()).toEqual(leaves);
    expect(await log.contents()).toEqual(BEFORE);
  });

  it('appends and rolls go on, and stay', async () => {
    const db = database.open();
    const log = await halfCleanTopic(db);
    await whileCleaning(db, log, async () => {
      await log.append([['c', '2']]);
      await log.roll();
      await log.append([['d', '1']]);
    });
    expect(await log.contents()).toEqual([...AFTER, '5 c=2', '6 d=1']);
  });

  it('segments that somebody truncated meanwhile are not put back', async () => {
    const db = database.open();
    const log = await halfCleanTopic(db);
    const leaves = await log.leaves();
    await whileCleaning(db, log, () =>
      db.query(
        `update ${db.schema}.segment_partitions set last_offset = 3
        where topic_number = $1 and last_offset = 4`,
        [log.topic.number],
      ),
    );
    expect(await log.leaves()).toEqual(leaves);
  });

  it('another one leaves the topic to it', async () => {
    const db = database.open();
    const log = await halfCleanTopic(db);
    const { number, name } = log.topic;
    const report = await withTopicLock(db, number, () =>
      new LogMaintenance(db).runOnce(),
    );
    expect(report).toMatchObject({ topics: [], busy: [name], failed: [] });
    expect(await log.contents()).toEqual(BEFORE);
  });

  it('stop() ends it, and the next one takes up what is left', async () => {
    const db = database.open();
    const log = await halfCleanTopic(db);
    const cleaner = database.open({ applicationName: CLEANER });
    const maintenance = new LogMaintenance(cleaner, { intervalMs: 1 });
    const [oldest] = await log.leaves();
    let stopped: Promise<void> | undefined;
    await db.transaction(async (holder) => {
      await holder.query(
        `lock table ${db.schema}.${oldest} in access exclusive mode`,
      );
      maintenance.start();
      await cleanerIsHeld(db);
      stopped = maintenance.stop();
    });
    await stopped;
    expect(await log.contents()).toEqual(BEFORE);
    await new LogMaintenance(db).runOnce();
    expect(await log.contents()).toEqual(AFTER);
  });
});

describe('Two runs of maintenance at once', () => {
  it('do each thing once', async () => {
    const db = database.open();
    const log = await halfCleanTopic(db);
    const reports = await Promise.all(
      [db, database.open(), database.open()].map((each) =>
        new LogMaintenance(each).runOnce(),
      ),
    );
    expect(reports.flatMap(({ failed }) => failed)).toEqual([]);
    await new LogMaintenance(db).runOnce();
    expect(await log.contents()).toEqual(AFTER);
    expect(await existingLeaves(db, log.topic.number)).toEqual(
      [...(await log.leaves())].sort(),
    );
  });
});

describe('Leaves', () => {
  it('have no dead rows after appends, retention and compaction', async () => {
    const db = database.open();
    const config = {
      ...COMPACT,
      'cleanup.policy': 'compact,delete',
      'retention.ms': 3_600_000,
    };
    const log = await SegmentedTopic.create(db, config, 2);
    const maintenance = new LogMaintenance(db);
    for (let n = 0; n < 6; n += 1) {
      await log.fill(50, n < 2 ? 1_000 : Date.now(), n % 2);
      await log.append([['big', 'x'.repeat(30_000)]], n % 2);
      if (n % 2 === 1) await log.roll();
      await maintenance.runOnce();
    }
    for (const leaf of await log.leaves())
      await db.query(`analyze ${db.schema}.${leaf}`);
    const { rows } = await db.query(
      `select c.relname, pg_stat_get_dead_tuples(c.oid)::int + coalesce(pg_stat_get_dead_tuples(nullif(c.reltoastrelid, 0)), 0)::int as dead
      from pg_class as c where relname = any ($1)`,
      [await log.leaves()],
    );
    expect(rows.map((row) => row.dead)).toEqual(rows.map(() => 0));
    expect(rows.length).toBeGreaterThan(1);
  });
});
