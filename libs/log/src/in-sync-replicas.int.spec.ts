import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isPostamtError } from '#kernel';
import type { Database, EmbeddedPostgres } from '#postgres';
import {
  startStandby,
  startTestServer,
  TestDatabase,
  waitFor,
  type Standby,
} from '#testing';
import type { AppendOptions } from './append-request.js';
import { append } from './append.js';
import { Catalogue } from './catalogue.js';
import { fetch } from './fetch.js';
import { batchOf, newTopic } from './fixtures/batches.js';
import { Redirect } from './fixtures/redirect.js';
import { inSyncReplicas } from './in-sync-replicas.js';

let primary: EmbeddedPostgres;
let database: TestDatabase;

beforeAll(async () => {
  primary = await startTestServer();
  database = await TestDatabase.create(primary.connectionString);
});
afterAll(async () => {
  await database.close();
  await primary.stop();
});

async function topicOn(db: Database, minInsyncReplicas: number) {
  const { name } = await newTopic(db, 1, {
    'min.insync.replicas': minInsyncReplicas,
  });
  const catalogue = new Catalogue(db);
  return {
    name,
    catalogue,
    append: async (value: string, options: AppendOptions) => {
      const request = { topic: name, partition: 0, batch: batchOf([value]) };
      const [appended] = await append(db, catalogue, [request], options);
      return appended?.baseOffset;
    },
  };
}

async function streaming(db: Database, count: number): Promise<void> {
  await waitFor(`${count} standbys`, async () => {
    const { standbys } = await inSyncReplicas(db).read();
    return standbys.length === count;
  });
}

/** Tries until the server that is turned to takes it. */
async function insist<T>(act: () => Promise<T>): Promise<T> {
  let result: T | undefined;
  await waitFor('the new primary', async () => {
    try {
      result = await act();
      return true;
    } catch (error) {
      if (!isPostamtError(error)) throw error;
      return false;
    }
  });
  return result as T;
}

describe('acks=all', () => {
  it('is one replica where there are no standbys, and refused before the append where that is too few', async () => {
    const db = database.open();
    const one = await topicOn(db, 1);
    expect(await one.append('a', { acks: 'all' })).toBe(0n);
    const two = await topicOn(db, 2);
    await expect(two.append('a', { acks: 'all' })).rejects.toMatchObject({
      code: 'NOT_ENOUGH_REPLICAS',
      retriable: true,
    });
    expect(await two.append('b', { acks: 1 })).toBe(0n);
  });

  it('waits for the standbys without holding anybody else up, and says so where they do not come', async () => {
    const db = database.open();
    const standby = await startStandby(primary, { name: 'second' });
    await streaming(db, 1);
    const topic = await topicOn(db, 2);
    expect(await topic.append('a', { acks: 'all' })).toBe(0n);
    await standby.pause();
    const waiting = topic.append('b', { acks: 'all' });
    await waitFor('the append to be committed', async () => {
      const [read] = await fetch(db, topic.catalogue, [
        { topic: topic.name, partition: 0, offset: 1n },
      ]);
      return read?.batches.length === 1;
    });
    expect(await topic.append('c', { acks: 1 })).toBe(2n);
    await expect(
      topic.append('d', { acks: 'all', timeoutMs: 50 }),
    ).rejects.toMatchObject({ code: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND' });
    // What was given up on is not in sync any more, and known before the next append.
    await expect(topic.append('e', { acks: 'all' })).rejects.toMatchObject({
      code: 'NOT_ENOUGH_REPLICAS',
    });
    standby.resume();
    expect(await waiting).toBe(1n);
    expect(
      await insist(() => topic.append('f', { acks: 'all' })),
    ).toBeGreaterThan(3n);
    await standby.stop();
  });

  it('goes on without a standby that has left, where the others are enough', async () => {
    const db = database.open();
    const standby = await startStandby(primary, { name: 'leaving' });
    await streaming(db, 1);
    const topic = await topicOn(db, 1);
    await standby.pause();
    const waiting = topic.append('a', { acks: 'all' });
    await standby.kill();
    expect(await waiting).toBe(0n);
    await standby.stop();
  });
});

describe('A standby that is promoted', () => {
  let standby: Standby;
  let redirect: Redirect;

  it('raises the leader epochs before the first append, tells readers of what was lost, and fences the old primary', async () => {
    standby = await startStandby(primary, { name: 'heir' });
    redirect = await Redirect.to(database.connectionString);
    const heirUrl = new URL(database.connectionString);
    heirUrl.host = new URL(standby.connectionString).host;
    const db = database.open({ connection: redirect.connectionString });
    await streaming(db, 1);
    const topic = await topicOn(db, 2);
    for (const value of ['a', 'b', 'c'])
      await topic.append(value, { acks: 'all' });
    await standby.kill();
    expect(await topic.append('lost', { acks: 1 })).toBe(3n);
    await primary.crash();
    await standby.start();
    await standby.promote();
    redirect.turn(heirUrl.toString());

    const offset = await insist(() => topic.append('new', { acks: 1 }));
    expect(offset).toBe(3n);
    expect(topic.catalogue.known(topic.name)?.partitions).toMatchObject([
      { leaderEpoch: 1 },
    ]);
    const [ahead, behind] = await Promise.all(
      [4n, 3n].map(async (position) => {
        const [read] = await fetch(db, topic.catalogue, [
          {
            topic: topic.name,
            partition: 0,
            offset: position,
            lastFetchedEpoch: 0,
          },
        ]);
        return read;
      }),
    );
    expect(ahead?.error).toMatchObject({ code: 'LOG_TRUNCATION' });
    expect(ahead?.divergingOffset).toBe(3n);
    expect(behind?.error).toBeUndefined();
    expect(behind?.batches).toMatchObject([{ leaderEpoch: 1 }]);

    await primary.restart();
    redirect.turn(database.connectionString);
    await waitFor('the old primary to be refused', async () => {
      const failure = await topic
        .append('to the old one', { acks: 1 })
        .catch((error: unknown) => error);
      return isPostamtError(failure, 'UNKNOWN_LEADER_EPOCH');
    });
    await db.close();
    await redirect.close();
    await standby.stop();
  });
});
