import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database, EmbeddedPostgres } from '#postgres';
import { startTestServer, TestDatabase, waitFor } from '#testing';
import { addPartitions } from './add-partitions.js';
import { append } from './append.js';
import { Catalogue } from './catalogue.js';
import { batchOf, newTopic } from './fixtures/batches.js';
import { LogWriter } from './log-writer.js';
import { initProducerId } from './producer-id.js';
import { raiseLeaderEpochs } from './raise-leader-epochs.js';

let server: EmbeddedPostgres;
let database: TestDatabase;

beforeAll(async () => {
  server = await startTestServer();
  database = await TestDatabase.create(server.connectionString);
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

function requestFor(topic: string, partition = 0) {
  return { topic, partition, batch: batchOf(['x']) };
}

async function waitsForLock(db: Database): Promise<number> {
  return waitFor('an appender that waits', async () => {
    const { rows } = await db.query(
      `select pid from pg_stat_activity where application_name = 'appender' and wait_event = 'advisory'`,
    );
    return rows[0]?.pid as number | undefined;
  });
}

describe('An append', () => {
  it('that is refused before its flight leaves nothing behind for the next one', async () => {
    const db = database.open();
    const { name } = await newTopic(db, 1_001);
    const catalogue = new Catalogue(db);
    const all = Array.from({ length: 1_001 }, (_, n) => requestFor(name, n));
    await expect(append(db, catalogue, all)).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
    });
    expect(await append(db, catalogue, [requestFor(name)])).toMatchObject([
      { baseOffset: 0n },
    ]);
  });

  it('that the server cancels while it waits has appended nothing, and may be tried again', async () => {
    const db = database.open();
    const topic = await newTopic(db);
    const appender = database.open({ applicationName: 'appender' });
    const catalogue = new Catalogue(appender);
    await db.transaction(async (holder) => {
      await holder.lock('partition', [topic.partitions[0]?.id as number]);
      const failure = append(appender, catalogue, [
        requestFor(topic.name),
      ]).catch((error: unknown) => error);
      const pid = await waitsForLock(db);
      await db.query('select pg_cancel_backend($1)', [pid]);
      expect(await failure).toMatchObject({
        code: 'TRANSACTION_ROLLED_BACK',
        retriable: true,
      });
    });
    expect(
      await append(appender, catalogue, [requestFor(topic.name)]),
    ).toMatchObject([{ baseOffset: 0n }]);
  });

  it('needs none of the connections that handlers of listeners may hold, after a roll neither', async () => {
    const db = database.open({ maxConnections: 1 });
    const { name } = await newTopic(db);
    const catalogue = new Catalogue(db);
    await append(db, catalogue, [requestFor(name)]);
    const elsewhere = database.open();
    await addPartitions(elsewhere, name, 2);
    await db.transaction(async () => {
      expect(await append(db, catalogue, [requestFor(name, 1)])).toHaveLength(
        1,
      );
      expect(
        await append(db, catalogue, [requestFor(name)], { acks: 'all' }),
      ).toHaveLength(1);
    });
  });
});

describe('A missing synchronous standby', () => {
  it('holds up nothing of the log but who waits for standbys', async () => {
    const db = database.open();
    const topic = await newTopic(db);
    const catalogue = new Catalogue(db);
    const writer = new LogWriter(db, catalogue);
    await db.query(`alter system set synchronous_standby_names = 'ghost'`);
    await db.query('select pg_reload_conf()');
    await waitFor('the ghost to be awaited', async () => {
      const { rows } = await db.query('show synchronous_standby_names');
      return rows[0]?.synchronous_standby_names === 'ghost';
    });
    const { producerId } = await initProducerId(db);
    expect(producerId).toBeGreaterThan(2n ** 40n - 1n);
    expect(await raiseLeaderEpochs(db, [topic.number])).toBe(false);
    expect(await writer.append([requestFor(topic.name)])).toHaveLength(1);
    await db.query('alter system reset synchronous_standby_names');
    await db.query('select pg_reload_conf()');
  });
});

describe('Leader epochs', () => {
  it('are raised for the topics of another timeline only, once, by whoever appends first', async () => {
    const db = database.open();
    const [old, fresh] = [await newTopic(db, 2), await newTopic(db)];
    const catalogue = new Catalogue(db);
    await append(db, catalogue, [requestFor(old.name, 1)]);
    await db.query(
      'update postamt.partitions set timeline = 0 where topic_number = $1',
      [old.number],
    );
    const appended = await Promise.all(
      [1, 2, 3].map(() => {
        const other = database.open();
        return append(other, new Catalogue(other), [
          requestFor(old.name, 1),
          requestFor(fresh.name),
        ]);
      }),
    );
    expect(appended.flat().map(({ topic }) => topic)).toHaveLength(6);
    const { rows } = await db.query(
      `select partition.leader_epoch, epoch.start_offset::int as start
      from postamt.partitions as partition
      join postamt.leader_epochs as epoch on epoch.partition_id = partition.id and epoch.epoch = partition.leader_epoch
      where topic_number in ($1, $2) order by partition.id`,
      [old.number, fresh.number],
    );
    expect(rows).toEqual([
      { leader_epoch: 1, start: 0 },
      { leader_epoch: 1, start: 1 },
      { leader_epoch: 0, start: 0 },
    ]);
  });
});
