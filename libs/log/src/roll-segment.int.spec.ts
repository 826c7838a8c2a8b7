import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Database } from '#postgres';
import { checkHistory, readLog, useDatabase, waitFor } from '#testing';
import { append } from './append.js';
import { planAppend } from './append-plan.js';
import { Catalogue } from './catalogue.js';
import { writeAppends } from './commit-append.js';
import { deleteTopic } from './delete-topic.js';
import { batchOf, newTopic } from './fixtures/batches.js';
import { rollSegment } from './roll-segment.js';
import type { Partition } from './topic.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

async function segmentsOf(db: Database, topicNumber: number) {
  const { rows } = await db.query(
    `select segment.number, segment.state, range.first_offset::int, range.last_offset::int
    from postamt.segments as segment
    join postamt.segment_partitions as range
      on range.topic_number = segment.topic_number and range.segment_number = segment.number
    where segment.topic_number = $1 order by segment.number, range.partition_id`,
    [topicNumber],
  );
  return rows.map((row) => [
    row.number,
    row.state,
    row.first_offset,
    row.last_offset,
  ]);
}

describe('A roll', () => {
  it('seals the leaf and goes on in the next where each partition ended', async () => {
    const db = database.open();
    const catalogue = new Catalogue(db);
    const topic = await newTopic(db, 2);
    const request = {
      topic: topic.name,
      partition: 1,
      batch: batchOf(['a', 'b']),
    };
    await append(db, catalogue, [request]);
    expect(await rollSegment(db, topic.name)).toBe(true);
    expect(await append(db, catalogue, [request])).toMatchObject([
      { baseOffset: 2n },
    ]);
    expect(await segmentsOf(db, topic.number)).toEqual([
      [0, 'sealed', 0, -1],
      [0, 'sealed', 0, 1],
      [1, 'active', 0, null],
      [1, 'active', 2, null],
    ]);
  });

  it('is done once by those who do it at the same moment', async () => {
    const db = database.open();
    const topic = await newTopic(db);
    const rolled = await Promise.all(
      [1, 2, 3, 4].map(() => rollSegment(database.open(), topic.name)),
    );
    const done = rolled.filter(Boolean).length;
    expect(await segmentsOf(db, topic.number)).toHaveLength(done + 1);
    expect(done).toBeGreaterThan(0);
  });

  it('gives way to an append that holds the topic', async () => {
    const db = database.open();
    const topic = await newTopic(db);
    await db.transaction(async (holder) => {
      await holder.lock('topic', [topic.number]);
      expect(await rollSegment(database.open(), topic.name)).toBe(false);
    });
    expect(await segmentsOf(db, topic.number)).toHaveLength(1);
    expect(await rollSegment(db, topic.name)).toBe(true);
  });

  it('opens nothing for a topic that is deleted', async () => {
    const db = database.open();
    const topic = await newTopic(db);
    await deleteTopic(db, topic.name);
    expect(await rollSegment(db, topic.name)).toBe(false);
    expect(await segmentsOf(db, topic.number)).toEqual([]);
  });

  it('loses and doubles nothing of those who append meanwhile, from processes with catalogues of their own', async () => {
    const db = database.open();
    const topic = await newTopic(db, 2);
    const committed: { id: string; key: null; version: number }[] = [];
    const done = { rolls: 0 };
    const appender = async (writer: number) => {
      const own = database.open();
      const catalogue = new Catalogue(own);
      for (let n = 0; n < 60 || done.rolls < 5; n += 1) {
        const id = `${writer}-${n}`;
        const request = {
          topic: topic.name,
          partition: n % 2,
          batch: batchOf([id]),
        };
        await append(own, catalogue, [request]);
        committed.push({ id, key: null, version: 0 });
      }
    };
    const roller = async () => {
      while (done.rolls < 5)
        if (await rollSegment(db, topic.name)) done.rolls += 1;
    };
    await Promise.all([appender(0), appender(1), appender(2), roller()]);
    const { rows } = await db.query(
      `select leaf from postamt.segments where topic_number = ${topic.number} order by number`,
    );
    expect(rows).toHaveLength(6);
    const log = await readLog(db, topic.name);
    const entries = log.map(({ partition, offset, value }) => ({
      partition,
      offset,
      id: String(value),
    }));
    expect(checkHistory({ committed, log: entries })).toEqual([]);
  });

  it('fences who still has the name of the sealed leaf; who does not look puts one offset into two leaves', async () => {
    const db = database.open();
    const catalogue = new Catalogue(db);
    const topic = await newTopic(db);
    const partition = topic.partitions[0] as Partition;
    const request = { topic: topic.name, partition: 0, batch: batchOf(['x']) };
    await append(db, catalogue, [request]);
    await rollSegment(db, topic.name);
    await append(db, new Catalogue(db), [request]);
    const stale = planAppend(topic, partition, request.batch);
    await expect(writeAppends(db, catalogue, [stale])).rejects.toMatchObject({
      code: 'STALE_LEAF',
    });
    const violations = async () => {
      const { rows } = await db.query(
        `select base_offset from postamt.log_${topic.number}_0
        union all select base_offset from postamt.log_${topic.number}_1`,
      );
      const log = rows.map((row, n) => ({
        partition: 0,
        offset: BigInt(row.base_offset as string),
        id: String(n),
      }));
      const committed = log.map(({ id }) => ({ id, key: null, version: 0 }));
      return checkHistory({ committed, log }).map(({ rule }) => rule);
    };
    expect(await violations()).toEqual([]);
    await db.query(
      `insert into postamt.${topic.leaf}
      select partition_id, last_offset + 1, last_offset + 1, leader_epoch, record_count, max_timestamp, attributes,
        producer_id, producer_epoch, base_sequence, batch
      from postamt.${topic.leaf} order by base_offset desc limit 1`,
    );
    expect(await violations()).toEqual(['overlap']);
  });

  it('comes by itself once segment.bytes are reached', async () => {
    const db = database.open();
    const catalogue = new Catalogue(db);
    const topic = await newTopic(db, 1, { 'segment.bytes': 1_048_576 });
    const batch = batchOf([randomBytes(100_000).toString('latin1')]);
    await waitFor('a roll', async () => {
      await append(db, catalogue, [{ topic: topic.name, partition: 0, batch }]);
      return (await segmentsOf(db, topic.number)).length > 2;
    });
    const log = await readLog(db, topic.name);
    expect(log.map(({ offset }) => Number(offset))).toEqual(
      log.map((_, n) => n),
    );
  });
});
