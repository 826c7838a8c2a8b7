import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Client } from 'pg';
import { useDatabase } from '#testing';
import { at, read, values } from '../fixtures/raw-topics.js';
import { committedOf, joined, MANUAL, topicWith } from './fixtures/members.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('Consumer.commitIn', () => {
  it('lets offset and effects stand or fall together', async () => {
    const db = database.open();
    const topic = await topicWith(db, ['a', 'b']);
    await db.query('create table effects (value text not null)');
    const consumer = joined(db, topic, MANUAL);
    const [record] = await read(consumer, 2);
    const work = (fails: boolean) =>
      db.transaction(async (tx) => {
        await consumer.commitIn(tx);
        await tx.query('insert into effects values ($1)', [
          String(record?.value),
        ]);
        if (fails) throw new Error('the effect failed');
      });
    await expect(work(true)).rejects.toThrow('the effect failed');
    expect(await committedOf(consumer, topic)).toBeNull();
    await work(false);
    expect(await committedOf(consumer, topic)).toBe(2n);
    const { rows } = await db.query('select value from effects');
    expect(rows).toEqual([{ value: 'a' }]);
    await db.query('drop table effects');
    await consumer.close();
  });

  it('takes a transaction of pg or of Kysely, and nothing that is none', async () => {
    const db = database.open();
    const topic = await topicWith(db, ['a', 'b']);
    const consumer = joined(db, topic, MANUAL);
    await read(consumer, 2);
    await db.transaction((tx) =>
      consumer.commitIn(tx.db, [{ ...at(topic), offset: 1n }]),
    );
    expect(await committedOf(consumer, topic)).toBe(1n);
    const client = new Client({ connectionString: database.connectionString });
    await client.connect();
    await expect(consumer.commitIn(client)).rejects.toMatchObject({
      code: 'INVALID_VALUE',
    });
    await client.query('begin isolation level repeatable read');
    await expect(consumer.commitIn(client)).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
    });
    await client.query('rollback');
    await client.query('begin');
    await consumer.commitIn(client);
    await client.query('commit');
    await client.end();
    expect(await committedOf(consumer, topic)).toBe(2n);
    await consumer.close();
  });

  it('refuses a member that was fenced before its transaction has any effect', async () => {
    const db = database.open();
    const topic = await topicWith(db, ['a']);
    await db.query('create table handled (value text not null)');
    const options = { ...MANUAL, maxPollIntervalMs: 50 };
    const slow = joined(db, topic, options);
    await read(slow, 1);
    const heir = joined(db, topic, MANUAL);
    expect(values(await read(heir, 1))).toEqual(['a']);
    const work = db.transaction(async (tx) => {
      await slow.commitIn(tx);
      await tx.query(`insert into handled values ('a')`);
    });
    await expect(work).rejects.toMatchObject({ code: 'ILLEGAL_GENERATION' });
    await expect(slow.commitSync()).rejects.toMatchObject({
      code: 'ILLEGAL_GENERATION',
    });
    expect((await db.query('select * from handled')).rows).toEqual([]);
    expect(await committedOf(heir, topic)).toBeNull();
    await db.query('drop table handled');
    await Promise.all([slow.close(), heir.close()]);
  });
});
