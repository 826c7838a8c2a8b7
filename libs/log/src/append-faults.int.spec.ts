import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { isPostamtError } from '#kernel';
import type { Database } from '#postgres';
import { encodeRecordBatch } from '#records';
import { checkHistory, readLog, useDatabase, waitFor } from '#testing';
import { addPartitions } from './add-partitions.js';
import { append } from './append.js';
import { Catalogue } from './catalogue.js';
import { createTopic } from './create-topic.js';
import { fetch } from './fetch.js';
import { appendBatch } from './sql/append-batch.js';
import type { Topic } from './topic.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

async function newTopic(db: Database, partitions = 1): Promise<Topic> {
  return createTopic(db, { name: `t-${randomUUID()}`, partitions });
}

function requestFor(topic: Topic, partition: number, value = 'x') {
  const record = { timestamp: 0, key: null, value: Buffer.from(value) };
  return { topic: topic.name, partition, batch: encodeRecordBatch([record]) };
}

async function valuesIn(db: Database, topic: Topic): Promise<string[]> {
  return (await readLog(db, topic.name)).map(({ value }) => String(value));
}

const errorOf = (error: unknown) => error;

/** Ends a session of the appender's that is in this wait; resolves once there was one. */
async function endAppender(db: Database, waitEvent: string): Promise<void> {
  await waitFor('an appender to end', async () => {
    const { rows } = await db.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'appender' and wait_event = $1`,
      [waitEvent],
    );
    return rows.length > 0;
  });
}

describe('An append whose session is ended', () => {
  it('while it waits for a lock, has appended nothing, and says so', async () => {
    const db = database.open();
    const topic = await newTopic(db);
    const appender = database.open({ applicationName: 'appender' });
    const catalogue = new Catalogue(appender);
    const [id] = topic.partitions.map((partition) => partition.id);
    await db.transaction(async (holder) => {
      await holder.lock('partition', [id as number]);
      const appending = append(appender, catalogue, [requestFor(topic, 0)]);
      const failure = appending.catch(errorOf);
      await endAppender(db, 'advisory');
      expect(await failure).toMatchObject({ code: 'POSTGRES_UNAVAILABLE' });
    });
    const [next] = await append(appender, catalogue, [requestFor(topic, 0)]);
    expect(next?.baseOffset).toBe(0n);
  });

  it('while it is in COMMIT, does not know, and leaves no gap', async () => {
    const db = database.open();
    const topic = await newTopic(db, 2);
    await db.query(`create or replace function public.halt() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock(42); return null; end $$`);
    await db.query(`create constraint trigger halt after insert on postamt.${topic.leaf}
      deferrable initially deferred for each row execute function public.halt()`);
    const appender = database.open({ applicationName: 'appender' });
    const catalogue = new Catalogue(appender);
    const both = [requestFor(topic, 0), requestFor(topic, 1)];
    await db.transaction(async (holder) => {
      await holder.query('select pg_advisory_xact_lock(42)');
      const failure = append(appender, catalogue, both).catch(errorOf);
      await endAppender(db, 'advisory');
      expect(await failure).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    });
    expect(await valuesIn(db, topic)).toEqual([]);
    const appended = await append(appender, catalogue, both);
    expect(appended.map(({ baseOffset }) => baseOffset)).toEqual([0n, 0n]);
  });

  it('at any moment, leaves neither gap nor half an append', async () => {
    const admin = database.open();
    const topic = await newTopic(admin, 3);
    const outcome = {
      committed: new Set<string>(),
      unknown: new Set<string>(),
    };
    let kills = 0;
    const enough = () => kills >= 30;
    let tried = 0;
    const appendUntilEnough = async (writer: number) => {
      const db = database.open({ applicationName: 'appender' });
      const catalogue = new Catalogue(db);
      while (!enough()) {
        const id = `${writer}-${(tried += 1)}`;
        const requests = [0, 1, 2].map((p) =>
          requestFor(topic, p, `${id}-${p}`),
        );
        try {
          await append(db, catalogue, requests);
          outcome.committed.add(id);
        } catch (error) {
          if (isPostamtError(error, 'OUTCOME_UNKNOWN')) outcome.unknown.add(id);
          else if (!isPostamtError(error, 'POSTGRES_UNAVAILABLE')) throw error;
        }
      }
    };
    const kill = async () => {
      while (!enough()) {
        const { rows } = await admin.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'appender' and state <> 'idle' order by random() limit 1`,
        );
        kills += rows.length;
      }
    };
    await Promise.all([kill(), ...[0, 1, 2].map(appendUntilEnough)]);

    const log = (await readLog(admin, topic.name)).map(
      ({ partition, offset, value }) => ({
        partition,
        offset,
        id: String(value),
      }),
    );
    const there = new Set(log.map(({ id }) => id));
    const came = [...outcome.unknown].filter((id) => there.has(`${id}-0`));
    const committed = [...outcome.committed, ...came].flatMap((id) =>
      [0, 1, 2].map((p) => ({ id: `${id}-${p}`, key: null, version: 0 })),
    );
    expect(checkHistory({ committed, log })).toEqual([]);
    expect(outcome.committed.size).toBeGreaterThan(0);
  });
});

describe('What changed behind the back of a process', () => {
  it('is looked up once more: a partition that was added is written and read', async () => {
    const db = database.open();
    const topic = await newTopic(db);
    const [writing, reading] = [new Catalogue(db), new Catalogue(db)];
    await append(db, writing, [requestFor(topic, 0)]);
    await fetch(db, reading, [{ topic: topic.name, partition: 0, offset: 0n }]);
    await addPartitions(db, topic.name, 2);
    await append(db, writing, [requestFor(topic, 1)]);
    const [read] = await fetch(db, reading, [
      { topic: topic.name, partition: 1, offset: 0n },
    ]);
    expect(read?.batches).toHaveLength(1);
  });

  it('is named where it cannot be mended: a leaf that somebody dropped', async () => {
    const db = database.open();
    const [sound, broken] = [await newTopic(db), await newTopic(db)];
    const catalogue = new Catalogue(db);
    const requests = [requestFor(sound, 0), requestFor(broken, 0)];
    await append(db, catalogue, requests);
    await db.query(`drop table postamt.${broken.leaf}`);
    const failure = {
      code: 'STALE_LEAF',
      message: expect.stringContaining(broken.leaf),
    };
    await expect(append(db, catalogue, requests)).rejects.toMatchObject(
      failure,
    );
    const read = await fetch(
      db,
      catalogue,
      [sound, broken].map(({ name }) => ({
        topic: name,
        partition: 0,
        offset: 0n,
      })),
    );
    expect(read.map(({ error }) => error?.code)).toEqual([
      undefined,
      'STALE_LEAF',
    ]);
    expect(read[1]?.error).toMatchObject(failure);
    expect(await valuesIn(db, sound)).toEqual(['x']);
  });

  it('is named where it cannot be mended: a partition that somebody deleted', async () => {
    const db = database.open();
    const topic = await newTopic(db, 2);
    const catalogue = new Catalogue(db);
    await append(db, catalogue, [requestFor(topic, 1)]);
    const id = topic.partitions[1]?.id;
    for (const table of ['segment_partitions', 'leader_epochs'])
      await db.query(`delete from postamt.${table} where partition_id = $1`, [
        id,
      ]);
    await db.query('delete from postamt.partitions where id = $1', [id]);
    await expect(
      append(db, catalogue, [requestFor(topic, 0), requestFor(topic, 1)]),
    ).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
    expect(await valuesIn(db, topic)).toEqual([]);
  });
});

describe('The head of a partition', () => {
  it('is found by the key under a generic plan, in a leaf without statistics, empty or full', async () => {
    const db = database.open();
    const topic = await newTopic(db);
    const id = topic.partitions[0]?.id as number;
    const text = appendBatch(topic.leaf).text(db.schema);
    const plan = () =>
      db.transaction(async (tx) => {
        await tx.query('set local plan_cache_mode = force_generic_plan');
        await tx.query(`prepare appending as ${text}`);
        const { rows } = await tx.query(
          `explain execute appending(${id}, 0, 0, 0, 1, 0, 0, '\\x00', 1)`,
        );
        await tx.query('deallocate appending');
        return rows.map((row) => row['QUERY PLAN']).join('\n');
      });
    const byKey = `Index Scan Backward using ${topic.leaf}_pkey`;
    expect(await plan()).toContain(byKey);
    await db.query(
      `insert into postamt.${topic.leaf}
      select $1, n, n, 0, 1, 0, 0, -1, -1, -1, '\\x00' from generate_series(0, 4999) as n`,
      [id],
    );
    expect(await plan()).toContain(byKey);
  });
});
