import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { useDatabase } from '#testing';
import { Catalogue } from './catalogue.js';
import { fetchOne, segmented } from './fixtures/segmented.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('fetch with the leader epoch of what was read before', () => {
  it('tells a reader up to where it agrees with the log', async () => {
    const db = database.open();
    const topic = await segmented(db, [[2, 2], [2]]);
    const id = topic.partitions[0]?.id;
    await db.query(
      'insert into postamt.leader_epochs (partition_id, epoch, start_offset) values ($1, 2, 4)',
      [id],
    );
    await db.query(
      'update postamt.partitions set leader_epoch = 2 where id = $1',
      [id],
    );
    const catalogue = new Catalogue(db);
    const ask = (offset: bigint, lastFetchedEpoch: number) =>
      fetchOne(db, catalogue, {
        topic: topic.name,
        offset,
        lastFetchedEpoch,
      });
    expect(await ask(5n, 0)).toMatchObject({
      error: {
        code: 'LOG_TRUNCATION',
        message: expect.stringContaining('behind offset 4'),
      },
      divergingOffset: 4n,
      batches: [],
    });
    expect((await ask(4n, 0)).error).toBeUndefined();
    expect((await ask(2n, 0)).error).toBeUndefined();
    expect((await ask(5n, 2)).error).toBeUndefined();
    expect(await ask(90n, 1)).toMatchObject({
      error: { code: 'LOG_TRUNCATION' },
      divergingOffset: 4n,
    });
    expect(await ask(5n, 3)).toMatchObject({
      error: { code: 'UNKNOWN_LEADER_EPOCH' },
    });
  });
});

describe('fetch from a topic whose readers are held to what is replicated', () => {
  it('gives nothing while no standby is connected', async () => {
    const db = database.open();
    const topic = await segmented(db, [[2]]);
    await db.query('update postamt.topics set config = $2 where number = $1', [
      topic.number,
      { 'consumer.visibility': 'replicated', 'min.insync.replicas': 2 },
    ]);
    expect(
      await fetchOne(db, new Catalogue(db), { topic: topic.name }),
    ).toMatchObject({
      batches: [],
      nextOffset: 0n,
      highWatermark: 0n,
      logEndOffset: 2n,
    });
  });
});
