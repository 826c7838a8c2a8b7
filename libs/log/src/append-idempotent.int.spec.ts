import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import type { Database } from '#postgres';
import { readLog, useDatabase } from '#testing';
import { append } from './append.js';
import { Catalogue } from './catalogue.js';
import { batchOf, newTopic } from './fixtures/batches.js';
import { initProducerId } from './producer-id.js';
import { rollSegment } from './roll-segment.js';
import type { Topic } from './topic.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const MOST_SEQUENCE = 2 ** 31 - 1;

/** One idempotent producer and one partition. */
class Scene {
  readonly db: Database;
  readonly catalogue: Catalogue;
  readonly topic: Topic;
  readonly producerId: bigint;

  private constructor(db: Database, topic: Topic, producerId: bigint) {
    this.db = db;
    this.catalogue = new Catalogue(db);
    this.topic = topic;
    this.producerId = producerId;
  }

  static async open(): Promise<Scene> {
    const db = database.open();
    const { producerId } = await initProducerId(db);
    return new Scene(db, await newTopic(db), producerId);
  }

  async send(baseSequence: number, values: readonly string[], epoch = 0) {
    const { producerId, topic } = this;
    const batch = batchOf(values, {
      producerId,
      producerEpoch: epoch,
      baseSequence,
    });
    const [appended] = await append(this.db, this.catalogue, [
      { topic: topic.name, partition: 0, batch },
    ]);
    return [appended?.baseOffset, appended?.duplicate];
  }

  async values(): Promise<string[]> {
    const log = await readLog(this.db, this.topic.name);
    return log.map(({ value }) => String(value));
  }
}

describe('A producer id', () => {
  it('is given to nobody else', async () => {
    const db = database.open();
    const ids = await Promise.all([1, 2, 3].map(() => initProducerId(db)));
    const distinct = new Set(ids.map(({ producerId }) => producerId));
    expect(distinct.size).toBe(3);
  });
});

describe('An idempotent append', () => {
  it('goes on in sequence, and answers a duplicate with its first offset', async () => {
    const scene = await Scene.open();
    expect(await scene.send(0, ['a', 'b'])).toEqual([0n, false]);
    expect(await scene.send(2, ['c'])).toEqual([2n, false]);
    expect(await scene.send(0, ['a', 'b'])).toEqual([0n, true]);
    expect(await scene.send(2, ['c'])).toEqual([2n, true]);
    expect(await scene.send(3, ['d'])).toEqual([3n, false]);
    expect(await scene.values()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('knows each of the last five batches, and refuses an older one', async () => {
    const scene = await Scene.open();
    for (let n = 0; n < 6; n += 1) await scene.send(n, [`v${n}`]);
    for (let n = 1; n < 6; n += 1)
      expect(await scene.send(n, [`v${n}`])).toEqual([BigInt(n), true]);
    await expect(scene.send(0, ['v0'])).rejects.toMatchObject({
      code: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
    });
  });

  it.each([
    ['a gap', 5, ['x']],
    ['a batch that overlaps the last one', 1, ['b', 'c']],
    ['a batch of the same sequence and another length', 0, ['a']],
  ] as const)('refuses %s', async (_, sequence, values) => {
    const scene = await Scene.open();
    await scene.send(0, ['a', 'b']);
    await expect(scene.send(sequence, values)).rejects.toMatchObject({
      code: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
    });
    expect(await scene.values()).toEqual(['a', 'b']);
  });

  it('takes a producer that is not known as it comes', async () => {
    const scene = await Scene.open();
    expect(await scene.send(77, ['a'])).toEqual([0n, false]);
  });

  it('fences an older epoch, and has a newer one begin at 0', async () => {
    const scene = await Scene.open();
    await scene.send(0, ['a']);
    await expect(scene.send(1, ['b'], 1)).rejects.toMatchObject({
      code: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
    });
    expect(await scene.send(0, ['b'], 1)).toEqual([1n, false]);
    await expect(scene.send(0, ['a'], 0)).rejects.toMatchObject({
      code: 'INVALID_PRODUCER_EPOCH',
    });
    expect(await scene.values()).toEqual(['a', 'b']);
  });

  it('goes from the greatest sequence to 0', async () => {
    const scene = await Scene.open();
    await scene.send(MOST_SEQUENCE - 1, ['a']);
    expect(await scene.send(MOST_SEQUENCE, ['b', 'c'])).toEqual([1n, false]);
    expect(await scene.send(1, ['d'])).toEqual([3n, false]);
    expect(await scene.send(MOST_SEQUENCE, ['b', 'c'])).toEqual([1n, true]);
  });

  it('is remembered through rolls, whatever becomes of the sealed leaves', async () => {
    const scene = await Scene.open();
    for (let n = 0; n < 4; n += 1) await scene.send(n, [`v${n}`]);
    await rollSegment(scene.db, scene.topic.name);
    await scene.send(4, ['v4']);
    await scene.send(5, ['v5']);
    await rollSegment(scene.db, scene.topic.name);
    await scene.db.query(`drop table postamt.${scene.topic.leaf}`);
    for (let n = 1; n < 6; n += 1)
      expect(await scene.send(n, [`v${n}`])).toEqual([BigInt(n), true]);
    await expect(scene.send(0, ['v0'])).rejects.toMatchObject({
      code: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
    });
    await expect(scene.send(7, ['v7'])).rejects.toMatchObject({
      code: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
    });
    expect(await scene.send(6, ['v6'])).toEqual([6n, false]);
    const { rows } = await scene.db.query(
      'select count(*)::int as noted from postamt.producer_snapshots where producer_id = $1',
      [scene.producerId],
    );
    expect(rows).toEqual([{ noted: 5 }]);
  });

  it('is remembered through a roll that another producer filled alone', async () => {
    const scene = await Scene.open();
    await scene.send(0, ['a']);
    await rollSegment(scene.db, scene.topic.name);
    const { producerId } = await initProducerId(scene.db);
    const batch = batchOf(['b'], {
      producerId,
      producerEpoch: 0,
      baseSequence: 0,
    });
    const request = { topic: scene.topic.name, partition: 0, batch };
    await append(scene.db, scene.catalogue, [request]);
    await rollSegment(scene.db, scene.topic.name);
    expect(await scene.send(0, ['a'])).toEqual([0n, true]);
    expect(await append(scene.db, scene.catalogue, [request])).toMatchObject([
      { baseOffset: 1n, duplicate: true },
    ]);
  });

  it('counts what stands before it in the same transaction', async () => {
    const { db, catalogue, topic, producerId } = await Scene.open();
    const requests = [0, 2, 3].map((baseSequence) => ({
      topic: topic.name,
      partition: 0,
      batch: batchOf(baseSequence === 0 ? ['a', 'b'] : ['c'], {
        producerId,
        producerEpoch: 0,
        baseSequence,
      }),
    }));
    const appended = await append(db, catalogue, requests);
    expect(appended.map(({ baseOffset }) => baseOffset)).toEqual([0n, 2n, 3n]);
  });
});
