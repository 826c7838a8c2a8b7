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
import { appendAt } from './append-at.js';
import { append } from './append.js';
import { Catalogue } from './catalogue.js';
import { describeTopic } from './describe-topic.js';
import { fetch } from './fetch.js';
import { batchOf, newTopic } from './fixtures/batches.js';
import { offsetForLeaderEpoch } from './offset-for-leader-epoch.js';
import { initProducerId } from './producer-id.js';
import { rollSegment } from './roll-segment.js';
import { truncate } from './truncate.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

async function follower() {
  const db = database.open();
  const { name: topic } = await newTopic(db);
  const catalogue = new Catalogue(db);
  return {
    db,
    topic,
    catalogue,
    copy: (values: string[], baseOffset: bigint, leaderEpoch: number) =>
      appendAt(db, catalogue, [
        {
          topic,
          partition: 0,
          batch: batchOf(values, { baseOffset, leaderEpoch }),
        },
      ]),
    truncateTo: (offset: bigint) =>
      truncate(db, catalogue, { topic, partition: 0, offset }),
    log: () => logOf(db, topic),
    end: async () =>
      (await describeTopic(db, topic)).partitions[0]?.logEndOffset,
  };
}

async function logOf(db: Database, topic: string): Promise<string[]> {
  const log = await readLog(db, topic);
  return log.map(({ offset, value }) => `${offset} ${String(value)}`);
}

describe('appendAt', () => {
  it('keeps a leader’s offsets and epochs, with the gaps of a compacted log', async () => {
    const { db, topic, catalogue, copy, log } = await follower();
    await copy(['a', 'b'], 0n, 3);
    await copy(['e'], 4n, 3);
    await copy(['f'], 5n, 7);
    expect(await log()).toEqual(['0 a', '1 b', '4 e', '5 f']);
    const [read] = await fetch(db, catalogue, [
      { topic, partition: 0, offset: 2n },
    ]);
    expect(read?.batches.map((batch) => batch.leaderEpoch)).toEqual([3, 7]);
    expect(
      await offsetForLeaderEpoch(db, catalogue, [
        { topic, partition: 0, leaderEpoch: 3 },
      ]),
    ).toMatchObject([{ leaderEpoch: 3, endOffset: 5n }]);
  });

  it('refuses a batch that begins before the end, and one that no leader has appended', async () => {
    const { copy, log } = await follower();
    await copy(['a', 'b'], 0n, 0);
    await expect(copy(['x'], 1n, 0)).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
    });
    await expect(copy(['x'], 2n, -1)).rejects.toMatchObject({
      code: 'INVALID_RECORD',
    });
    expect(await log()).toEqual(['0 a', '1 b']);
  });

  it('goes on behind a roll from where the log ended', async () => {
    const { db, topic, catalogue, copy, log } = await follower();
    await copy(['a'], 0n, 0);
    await rollSegment(db, topic);
    await expect(copy(['b'], 1n, 0)).rejects.toMatchObject({
      code: 'STALE_LEAF',
    });
    await catalogue.reload(topic);
    await copy(['b'], 1n, 0);
    expect(await log()).toEqual(['0 a', '1 b']);
  });
});

describe('truncate', () => {
  it('takes the tail, and a batch that holds the offset whole', async () => {
    const { copy, truncateTo, log, end } = await follower();
    await copy(['a', 'b'], 0n, 0);
    await copy(['c', 'd'], 2n, 0);
    await copy(['e'], 4n, 1);
    expect(await truncateTo(3n)).toBe(2n);
    expect(await log()).toEqual(['0 a', '1 b']);
    expect(await end()).toBe(2n);
    await copy(['C'], 2n, 1);
    expect(await log()).toEqual(['0 a', '1 b', '2 C']);
  });

  it('goes back over segments that were sealed', async () => {
    const { db, topic, catalogue, copy, truncateTo, log, end } =
      await follower();
    for (let n = 0; n < 4; n += 1) {
      await copy([`v${n}`], BigInt(n), 0);
      if (n < 3) await rollSegment(db, topic);
      await catalogue.reload(topic);
    }
    expect(await log()).toHaveLength(4);
    expect(await truncateTo(1n)).toBe(1n);
    expect(await log()).toEqual(['0 v0']);
    expect(await end()).toBe(1n);
    await copy(['V1'], 1n, 1);
    await rollSegment(db, topic);
    expect(await log()).toEqual(['0 v0', '1 V1']);
  });

  it('does nothing behind the end, and refuses what is before the start', async () => {
    const { db, topic, copy, truncateTo, log } = await follower();
    await copy(['a'], 0n, 0);
    expect(await truncateTo(1n)).toBeUndefined();
    expect(await log()).toEqual(['0 a']);
    await db.query(
      `update postamt.partitions set log_start_offset = 1
      where topic_number = (select number from postamt.topics where name = $1)`,
      [topic],
    );
    await expect(truncateTo(0n)).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
    });
  });

  it('forgets the sequences and epochs of what is gone', async () => {
    const { db, topic, catalogue, truncateTo } = await follower();
    const { producerId } = await initProducerId(db);
    const send = async (baseSequence: number) => {
      const batch = batchOf(['x'], {
        producerId,
        producerEpoch: 0,
        baseSequence,
      });
      return append(db, catalogue, [{ topic, partition: 0, batch }]);
    };
    for (const n of [0, 1, 2]) await send(n);
    await rollSegment(db, topic);
    await truncateTo(1n);
    expect(await send(1)).toMatchObject([{ baseOffset: 1n, duplicate: false }]);
    expect(await send(0)).toMatchObject([{ baseOffset: 0n, duplicate: true }]);
  });

  it('has the current epoch go on from where the log ends, so that who has read more is told', async () => {
    const { db, topic, catalogue, copy, truncateTo } = await follower();
    await copy(['a', 'b', 'c', 'd', 'e'], 0n, 0);
    await copy(['f'], 5n, 1);
    await truncateTo(2n);
    await copy(['C'], 0n, 1).catch(() => {});
    expect(
      await offsetForLeaderEpoch(db, catalogue, [
        { topic, partition: 0, leaderEpoch: 0 },
      ]),
    ).toMatchObject([{ leaderEpoch: 0, endOffset: 0n }]);
    const [read] = await fetch(db, catalogue, [
      { topic, partition: 0, offset: 5n, lastFetchedEpoch: 0 },
    ]);
    expect(read?.error).toMatchObject({ code: 'LOG_TRUNCATION' });
  });
});
