import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Catalogue } from '#log';
import type { Database } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import { Consumer } from '../consumer.js';
import {
  at,
  LONG_MS,
  put,
  rawTopic,
  read,
  values,
} from '../fixtures/raw-topics.js';

import { BRISK } from './fixtures/group-members.js';
import { committedOf, joined, MANUAL, topicWith } from './fixtures/members.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
/** Nobody waits for it in these tests. */
const NEVER = { autoCommitIntervalMs: 1_000_000 };

describe('Offsets of a consumer', () => {
  it('are committed by the next poll, and never those that a poll has not given yet', async () => {
    const db = database.open();
    const topic = await topicWith(db, ['a', 'b', 'c', 'd', 'e', 'f']);
    const options = { maxPollRecords: 2, autoCommitIntervalMs: 1 };
    const consumer = joined(db, topic, options);
    await read(consumer, 2);
    // Nothing, or where it has begun; behind this, no commit is under way.
    expect((await committedOf(consumer, topic)) ?? 0n).toBe(0n);
    await consumer.commitSync([{ ...at(topic), offset: 0n }]);
    await read(consumer, 2);
    await waitFor('the first page to be committed', async () => {
      return (await committedOf(consumer, topic)) === 2n;
    });
    // As if the process ended here: what the second poll gave was not handled.
    await consumer.poll(0);
    await waitFor('the second page to be committed', async () => {
      return (await committedOf(consumer, topic)) === 4n;
    });
    await consumer.close();
  });

  it('are, in a loop, those behind the record that it works on, and not the rest of its page', async () => {
    const db = database.open();
    const topic = await topicWith(db, ['a', 'b', 'c', 'd']);
    const consumer = joined(db, topic, NEVER);
    for await (const record of consumer) {
      await consumer.commitSync();
      const next = record.offset + 1n;
      expect(await committedOf(consumer, topic)).toBe(next);
      if (next === 3n) break;
    }
    await consumer.close();
  });

  it('are committed while a poll waits, once the interval is over', async () => {
    const db = database.open();
    const topic = await topicWith(db, ['a']);
    const consumer = joined(db, topic, { autoCommitIntervalMs: 50 });
    await read(consumer, 1);
    const polling = consumer.poll(LONG_MS);
    const reader = new Consumer(db, { group: topic });
    await waitFor('the commit', async () => {
      return (await committedOf(reader, topic)) === 1n;
    });
    consumer.wakeup();
    expect(await polling).toEqual([]);
    await Promise.all([consumer.close(), reader.close()]);
  });

  it('are committed on close, without what a loop was not given or works on', async () => {
    const db = database.open();
    const topic = await topicWith(db, ['a', 'b', 'c', 'd']);
    const first = joined(db, topic, NEVER);
    for await (const record of first) if (record.offset === 1n) break;
    await first.close();
    const second = joined(db, topic, NEVER);
    const seen: string[] = [];
    for await (const record of second) {
      seen.push(String(record.value));
      if (record.offset === 3n) await second.close();
    }
    expect(seen).toEqual(['c', 'd']);
    const third = joined(db, topic, NEVER);
    expect(values(await read(third, 1))).toEqual(['d']);
    const late = third.poll(LONG_MS);
    await Promise.all([put(db, topic, ['e']), third.close(), late]);
    const fourth = joined(db, topic, MANUAL);
    expect(values(await read(fourth, 1))).toEqual(['e']);
    await fourth.close();
  });

  it('are committed when it is said, and read back with leader epoch and metadata', async () => {
    const db = database.open();
    const topic = await topicWith(db, ['a', 'b', 'c']);
    const consumer = joined(db, topic, { ...MANUAL, maxPollRecords: 2 });
    await read(consumer, 2);
    await consumer.commitSync();
    expect(await consumer.committed([at(topic)])).toEqual([
      { ...at(topic), offset: 2n, leaderEpoch: 0, metadata: '' },
    ]);
    const offsets = [{ ...at(topic), offset: 1n, metadata: 'half of it' }];
    await consumer.commitSync(offsets);
    expect(await consumer.committed([at(topic)])).toEqual([
      { ...at(topic), offset: 1n, leaderEpoch: null, metadata: 'half of it' },
    ]);
    expect(await consumer.position(at(topic))).toBe(2n);
    expect(await consumer.currentLag(at(topic))).toBe(1n);
    await consumer.close();
    const again = joined(db, topic, MANUAL);
    expect(values(await read(again, 2))).toEqual(['b', 'c']);
    await again.close();
  });

  it('keep their order, and each commit tells how it ended', async () => {
    const db = database.open();
    const topic = await topicWith(db, ['a']);
    const consumer = joined(db, topic, MANUAL);
    await read(consumer, 1);
    const told: unknown[] = [];
    const commits = Array.from({ length: 20 }, (_, n) =>
      consumer.commitAsync([{ ...at(topic), offset: BigInt(n) }], (offsets) =>
        told.push(offsets[0]?.offset),
      ),
    );
    await consumer.commitSync([{ ...at(topic), offset: 20n }]);
    expect(told).toEqual(Array.from({ length: 20 }, (_, n) => BigInt(n)));
    expect(await Promise.all(commits)).toHaveLength(20);
    expect(await committedOf(consumer, topic)).toBe(20n);
    const foreign = [{ ...at(await rawTopic(db)), offset: 0n }];
    const failed = new Promise((resolve) => {
      void consumer
        .commitAsync(foreign, (_, error) => resolve(error?.code))
        .catch(() => {});
    });
    expect(await failed).toBe('ILLEGAL_GENERATION');
    await expect(
      consumer.commitSync([{ ...at(topic), offset: -1n }]),
    ).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await consumer.close();
  });

  it('that a process was given and has not handled when it ends are read by its successor', async () => {
    const db = database.open();
    const topic = await topicWith(db, ['a', 'b', 'c']);
    const process = database.open();
    const options = { ...BRISK, autoCommitIntervalMs: 1, maxPollRecords: 1 };
    const crashes = joined(process, topic, options);
    expect(values(await read(crashes, 2))).toEqual(['a', 'b']);
    await process.close();
    const successor = joined(db, topic, options);
    const [first] = await read(successor, 1);
    expect(['a', 'b']).toContain(String(first?.value));
    await Promise.all([successor.close(), crashes.close()]);
  });

  it('go on from where the log agrees, after it has lost what was read', async () => {
    const db = database.open();
    const topic = await topicWith(db, ['a', 'b']);
    await put(db, topic, ['c', 'd']);
    const first = joined(db, topic, MANUAL);
    await read(first, 4);
    await first.commitSync();
    await first.close();
    await loseBatch(db, topic, 2n);
    await put(db, topic, ['C', 'D', 'E']);
    const strict = joined(db, topic, { ...MANUAL, autoOffsetReset: 'none' });
    await expect(read(strict, 1)).rejects.toMatchObject({
      code: 'LOG_TRUNCATION',
      message: expect.stringContaining('from 2 on'),
    });
    await strict.close();
    const again = joined(db, topic, MANUAL);
    expect(values(await read(again, 3))).toEqual(['C', 'D', 'E']);
    await again.close();
  });

  it('are kept for a group also where partitions are assigned, unless it has members', async () => {
    const db = database.open();
    const topic = await topicWith(db, ['a', 'b', 'c']);
    const options = { group: topic, autoOffsetReset: 'earliest' } as const;
    const consumer = new Consumer(db, { ...options, maxPollRecords: 2 });
    consumer.assign([at(topic)]);
    await read(consumer, 2);
    await consumer.close();
    const again = new Consumer(db, { ...options, autoOffsetReset: 'none' });
    again.assign([at(topic), at('nowhere')]);
    await expect(again.poll(LONG_MS)).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
    expect(values(await read(again, 1))).toEqual(['c']);
    const member = joined(db, topic, MANUAL);
    await member.poll(0);
    await waitFor('it to be a member', async () => {
      await member.poll(0);
      return member.assignment.length === 1;
    });
    await expect(again.commitSync()).rejects.toMatchObject({
      code: 'ILLEGAL_GENERATION',
    });
    await Promise.all([again.close(), member.close()]);
  });

  it('are committed where other partitions are assigned instead', async () => {
    const db = database.open();
    const topic = await topicWith(db, ['a', 'b']);
    const consumer = new Consumer(db, {
      ...NEVER,
      group: topic,
      autoOffsetReset: 'earliest',
    });
    consumer.assign([at(topic)]);
    await read(consumer, 2);
    consumer.assign([]);
    await waitFor('it to be committed', async () => {
      return (await committedOf(consumer, topic)) === 2n;
    });
    await consumer.close();
  });

  it('are, where a loop gives its partitions back, those behind the record that it works on', async () => {
    const db = database.open();
    const topic = await topicWith(db, ['a', 'b', 'c', 'd']);
    const consumer = joined(db, topic, NEVER);
    for await (const record of consumer) {
      if (record.offset < 1n) continue;
      await consumer.unsubscribe();
      break;
    }
    expect(await committedOf(consumer, topic)).toBe(2n);
    await consumer.close();
  });

  it('are, in a loop that has sought elsewhere, those that it has sought', async () => {
    const db = database.open();
    const topic = await topicWith(db, ['a', 'b', 'c', 'd']);
    const consumer = joined(db, topic, NEVER);
    for await (const record of consumer) {
      consumer.seek(record, 3n);
      await consumer.commitSync();
      break;
    }
    expect(await committedOf(consumer, topic)).toBe(3n);
    await consumer.close();
  });

  it('are missing: it begins where autoOffsetReset says, or says that it cannot', async () => {
    const db = database.open();
    const topic = await topicWith(db, []);
    await put(db, topic, ['old'], { timestamp: Date.now() - 3_600_000 });
    await put(db, topic, ['new']);
    const recent = joined(db, topic, {
      ...MANUAL,
      autoOffsetReset: { durationMs: 60_000 },
    });
    expect(values(await read(recent, 1))).toEqual(['new']);
    await recent.close();
    const strict = joined(db, topic, { ...MANUAL, autoOffsetReset: 'none' });
    await expect(read(strict, 1)).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
    });
    strict.seek(at(topic), 0n);
    expect(values(await read(strict, 2))).toEqual(['old', 'new']);
    await strict.close();
  });

  it('need a group', async () => {
    const db = database.open();
    const consumer = new Consumer(db);
    const refused = expect.objectContaining({ code: 'INVALID_GROUP_ID' });
    expect(() => consumer.subscribe(['t'])).toThrow(refused);
    expect(() => consumer.groupMetadata()).toThrow(refused);
    expect(() => consumer.commitAsync()).toThrow(refused);
    await expect(consumer.commitSync()).rejects.toEqual(refused);
    await expect(consumer.committed([])).rejects.toEqual(refused);
    await consumer.close();
    expect(() => new Consumer(db, { group: '' })).toThrow(refused);
  });
});

/** A standby that lacks the batch was promoted. */
async function loseBatch(db: Database, topic: string, offset: bigint) {
  const { leaf, partitions } = await new Catalogue(db).topic(topic);
  const values = [offset, partitions[0]?.id];
  await db.query(
    `delete from postamt.${leaf} where base_offset = $1 and partition_id = $2`,
    values,
  );
  await db.query(
    'update postamt.partitions set leader_epoch = 1 where id = $1',
    values.slice(1),
  );
  await db.query(
    'insert into postamt.leader_epochs (partition_id, epoch, start_offset) values ($2, 1, $1)',
    values,
  );
}
