import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Database } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import { SegmentedTopic } from './fixtures/segmented-topic.js';
import { LogMaintenance } from './log-maintenance.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

/** A database that counts what it is asked to run. */
class CountingDatabase extends Database {
  asked = 0;

  override run: Database['run'] = async (statement, values) => {
    this.asked += 1;
    return super.run(statement, values);
  };

  override query: Database['query'] = async (text, values) => {
    this.asked += 1;
    return super.query(text, values);
  };

  override transaction: Database['transaction'] = async (body, options) => {
    this.asked += 1;
    return super.transaction(body, options);
  };
}

describe('LogMaintenance', () => {
  it('runs by itself until it is stopped, and goes on after a failure', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db, { 'segment.ms': 1 });
    await log.fill(1);
    const errors: object[] = [];
    const logger = {
      ...db.logger,
      error: (fields: object) => errors.push(fields),
    };
    const maintenance = new LogMaintenance(db, { intervalMs: 1, logger });
    await db.query(`alter table ${db.schema}.segments rename to hidden`);
    maintenance.start();
    maintenance.start();
    await waitFor('it to fail', () => errors.length > 1);
    expect(await log.db.query('select 1')).toBeDefined();
    await db.query(`alter table ${db.schema}.hidden rename to segments`);
    await waitFor('the segment to be sealed', async () => {
      return (await log.leaves()).length === 2;
    });
    await maintenance.stop();
    await maintenance.stop();
  });

  it('ends at once where it only waits', async () => {
    const maintenance = new LogMaintenance(database.open());
    maintenance.start();
    await maintenance.stop();
    expect((await maintenance.runOnce()).failed).toEqual([]);
  });

  it('asks four times where nothing is due, however many topics there are', async () => {
    const db = database.open();
    for (let n = 0; n < 5; n += 1) {
      const log = await SegmentedTopic.create(db, {}, 3);
      await log.fill(2);
      await log.roll();
      await log.fill(2, Date.now(), 1);
    }
    await new LogMaintenance(db).runOnce();
    const { connectionString: connection } = database;
    const counting = new CountingDatabase({ connection });
    const maintenance = new LogMaintenance(counting);
    await maintenance.runOnce();
    counting.asked = 0;
    await maintenance.runOnce();
    expect(counting.asked).toBe(4);
    await counting.close();
  });
});
