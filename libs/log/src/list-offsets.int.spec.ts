import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import type { Database } from '#postgres';
import { useDatabase } from '#testing';
import { append } from './append.js';
import { Catalogue } from './catalogue.js';
import { newTopic } from './fixtures/batches.js';
import { numberedBatch } from './fixtures/numbered-batch.js';
import { listOffsets, type OffsetAt } from './list-offsets.js';
import { offsetForLeaderEpoch } from './offset-for-leader-epoch.js';
import { rollSegment } from './roll-segment.js';
import type { Topic } from './topic.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const HOUR = 3_600_000;
const NOW = Date.now() - 24 * HOUR;

/** Each list is a segment; each number a batch of three records, so many hours after NOW and the milliseconds behind. */
async function timed(
  db: Database,
  segments: readonly (readonly number[])[],
): Promise<Topic> {
  const topic = await newTopic(db, 2);
  const { name } = topic;
  for (const [n, hours] of segments.entries()) {
    if (n > 0) await rollSegment(db, name);
    for (const hour of hours)
      await append(db, new Catalogue(db), [
        {
          topic: name,
          partition: 0,
          batch: numberedBatch(3, { timestamp: NOW + hour * HOUR }),
        },
      ]);
  }
  return topic;
}

async function offsetAt(
  db: Database,
  { name: topic }: Topic,
  at: OffsetAt,
  partition = 0,
) {
  const catalogue = new Catalogue(db);
  const [listed] = await listOffsets(db, catalogue, [{ topic, partition, at }]);
  return listed;
}

describe('listOffsets', () => {
  it('knows both ends, also of a partition that is empty', async () => {
    const db = database.open();
    const topic = await timed(db, [[1, 2], [3]]);
    await db.query(
      'update postamt.partitions set log_start_offset = 1 where id = $1',
      [topic.partitions[0]?.id],
    );
    expect(await offsetAt(db, topic, 'earliest')).toMatchObject({ offset: 1n });
    expect(await offsetAt(db, topic, 'latest')).toMatchObject({
      offset: 9n,
      timestamp: null,
      leaderEpoch: 0,
    });
    for (const at of ['earliest', 'latest'] as const)
      expect(await offsetAt(db, topic, at, 1)).toMatchObject({ offset: 0n });
  });

  it('finds the first record at or after a time, in whatever segment it stands', async () => {
    const db = database.open();
    const topic = await timed(db, [[1, 2], [], [3, 5], [4]]);
    const at = async (time: number) =>
      (await offsetAt(db, topic, time))?.offset;
    const look = async () => {
      expect(await at(0)).toBe(0n);
      expect(await at(NOW + HOUR + 1)).toBe(1n);
      expect(await at(NOW + HOUR + 3)).toBe(3n);
      expect(await at(NOW + 3 * HOUR)).toBe(6n);
      // In the order of offsets, as Kafka does it: the record at 5 hours stands before the one at 4.
      expect(await at(NOW + 4 * HOUR)).toBe(9n);
      expect(await at(NOW + 6 * HOUR)).toBe(-1n);
    };
    await look();
    await db.query(
      `update postamt.segment_partitions set max_timestamp = case segment_number when 0 then $2::bigint else $3::bigint end
      where topic_number = $1 and last_offset is not null`,
      [topic.number, NOW + 2 * HOUR + 2, NOW + 5 * HOUR + 2],
    );
    await look();
    expect(await offsetAt(db, topic, NOW + 3 * HOUR)).toEqual({
      topic: topic.name,
      partition: 0,
      offset: 6n,
      timestamp: NOW + 3 * HOUR,
      leaderEpoch: 0,
    });
  });

  it('passes over what lies below the log start offset', async () => {
    const db = database.open();
    const topic = await timed(db, [[1, 2]]);
    await db.query(
      'update postamt.partitions set log_start_offset = 2 where id = $1',
      [topic.partitions[0]?.id],
    );
    expect(await offsetAt(db, topic, 0)).toMatchObject({ offset: 2n });
  });

  it('finds the record with the greatest timestamp', async () => {
    const db = database.open();
    const topic = await timed(db, [[1, 5], [2], [3]]);
    expect(await offsetAt(db, topic, 'max-timestamp')).toMatchObject({
      offset: 5n,
      timestamp: NOW + 5 * HOUR + 2,
    });
    expect(await offsetAt(db, topic, 'max-timestamp', 1)).toMatchObject({
      offset: -1n,
    });
  });

  it('says what is wrong with one partition beside the others, and refuses a time that is none', async () => {
    const db = database.open();
    const topic = await timed(db, [[1]]);
    await db.query(
      `update postamt.${topic.leaf} set batch = set_byte(batch, 70, get_byte(batch, 70) # 1)`,
    );
    const listed = await listOffsets(db, new Catalogue(db), [
      { topic: 'no-such-topic', partition: 0, at: 'latest' },
      { topic: topic.name, partition: 9, at: 0 },
      { topic: topic.name, partition: 0, at: 0 },
      { topic: topic.name, partition: 0, at: 'latest' },
    ]);
    expect(listed.map(({ error, offset }) => error?.code ?? offset)).toEqual([
      'UNKNOWN_TOPIC_OR_PARTITION',
      'UNKNOWN_TOPIC_OR_PARTITION',
      'CORRUPT_MESSAGE',
      3n,
    ]);
    await expect(offsetAt(db, topic, 0.5)).rejects.toMatchObject({
      code: 'INVALID_VALUE',
    });
  });

  it('does not guess at the latest offset while no standby says what is replicated', async () => {
    const db = database.open();
    const topic = await timed(db, [[1]]);
    await db.query('update postamt.topics set config = $2 where number = $1', [
      topic.number,
      { 'consumer.visibility': 'replicated', 'min.insync.replicas': 2 },
    ]);
    expect(await offsetAt(db, topic, 'latest')).toMatchObject({
      error: { code: 'NOT_ENOUGH_REPLICAS' },
    });
    expect(await offsetAt(db, topic, 0)).toMatchObject({ offset: -1n });
  });
});

describe('offsetForLeaderEpoch', () => {
  it('says where epochs end', async () => {
    const db = database.open();
    const topic = await timed(db, [[1, 2], [3]]);
    const id = topic.partitions[0]?.id;
    await db.query(
      'insert into postamt.leader_epochs (partition_id, epoch, start_offset) values ($1, 3, 6)',
      [id],
    );
    await db.query(
      'update postamt.partitions set leader_epoch = 3 where id = $1',
      [id],
    );
    const ends = await offsetForLeaderEpoch(
      db,
      new Catalogue(db),
      [0, 2, 3, 4].map((leaderEpoch) => ({
        topic: topic.name,
        partition: 0,
        leaderEpoch,
      })),
    );
    expect(
      ends.map(({ leaderEpoch, endOffset }) => [leaderEpoch, endOffset]),
    ).toEqual([
      [0, 6n],
      [0, 6n],
      [3, 9n],
      [null, null],
    ]);
    const [unknown] = await offsetForLeaderEpoch(db, new Catalogue(db), [
      { topic: 'no-such-topic', partition: 0, leaderEpoch: 0 },
    ]);
    expect(unknown?.error?.code).toBe('UNKNOWN_TOPIC_OR_PARTITION');
  });
});
