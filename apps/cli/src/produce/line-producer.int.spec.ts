import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Producer, type ProducerOptions } from '#client';
import { Catalogue } from '#log';
import type { Database } from '#postgres';
import { defineTopic, topicFromRegistry } from '#schemas';
import { readLog, useDatabase } from '#testing';
import { LineProducer } from './line-producer.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const line = (number: number, value = `{"n":${number}}`) => ({
  number,
  bytes: Buffer.from(`{"value":${value},"partition":0}`),
});

/** A topic with room for far more than 500 records in a batch, and who writes lines to it. */
async function openLines(name: string, options?: ProducerOptions) {
  const db = database.open();
  const value = {
    type: 'record',
    name: 'Counted',
    fields: [{ name: 'n', type: 'int' }],
  } as const;
  await Producer.open(db, [defineTopic(name, { value })]);
  const topic = await topicFromRegistry(db, name);
  const producer = await Producer.open(db, [topic], options);
  const lines = new LineProducer(producer, topic);
  const { leaf } = await new Catalogue(db).topic(name);
  return { db, lines, leaf: `${db.schema}.${leaf}` };
}

describe('LineProducer', () => {
  it('writes 500 lines together, and nothing of those with a bad one among them', async () => {
    const { db, lines, leaf } = await openLines('chunks');
    for (let n = 1; n <= 1_100; n += 1) await lines.take(line(n));
    await expect(lines.take(line(1_101, '{}'))).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(
        /^line 1101: .*; lines 1 to 1000 are written, nothing behind them$/,
      ),
    });
    const { rows } = await db.query(`select record_count from ${leaf}`);
    expect(rows.map((row) => row.record_count)).toEqual([500, 500]);
  });

  it('writes lines once whose outcome was unknown at first', async () => {
    const { db, lines, leaf } = await openLines('unsure');
    await warnAtCommit(db, leaf);
    await lines.take(line(1));
    await lines.take(line(2));
    await lines.flush();
    expect(await readLog(db, 'unsure')).toHaveLength(2);
  });

  it('names the lines whose outcome stays unknown', async () => {
    const { db, lines, leaf } = await openLines('lost', { retries: 0 });
    await lines.take(line(1));
    await lines.flush();
    await warnAtCommit(db, leaf);
    await lines.take(line(2));
    await lines.take(line(3));
    await expect(lines.flush()).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      message: expect.stringMatching(
        /^lines 2 to 3: .*; lines 1 to 1 are written$/,
      ),
    });
    expect(await readLog(db, 'lost')).toHaveLength(3);
  });

  it('does not say that nothing is behind lines of which some may be written', async () => {
    const { db, lines, leaf } = await openLines('broken', { retries: 0 });
    await lines.take(line(1));
    await lines.flush();
    await db.query(`drop table ${leaf}`);
    await lines.take(line(2));
    await lines.take(line(3));
    await expect(lines.flush()).rejects.toMatchObject({
      code: 'STALE_LEAF',
      message: expect.stringMatching(
        /^lines 2 to 3: .*; lines 1 to 1 are written$/,
      ),
    });
  });
});

/** Has each COMMIT that appends to the leaf warn, as a wait for a standby does that is cancelled. */
async function warnAtCommit(db: Database, leaf: string): Promise<void> {
  const warn = `${leaf}_warns`;
  await db.query(
    `create function ${warn}() returns trigger language plpgsql as
    $$ begin raise warning 'a standby did not answer'; return null; end $$`,
  );
  await db.query(
    `create constraint trigger warns after insert on ${leaf}
    deferrable initially deferred for each row execute function ${warn}()`,
  );
}
