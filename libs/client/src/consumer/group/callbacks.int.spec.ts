import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { createTopic } from '#log';
import { useDatabase, waitFor } from '#testing';
import { Consumer } from '../consumer.js';
import { at, LONG_MS, put, rawTopic, read } from '../fixtures/raw-topics.js';
import { BRISK, GroupMember, shared } from './fixtures/group-members.js';
import { silence } from './fixtures/silence.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('Rebalancing a consumer', () => {
  it('calls back in order, inside poll, and lets what is revoked be committed before it goes', async () => {
    const db = database.open();
    const topic = await rawTopic(db, 2);
    const group = { group: topic, enableAutoCommit: false };
    const first = new GroupMember(db, [topic], {
      ...group,
      on: { onPartitionsRevoked: () => first.consumer.commitSync() },
    });
    for (const partition of [0, 1]) await put(db, topic, ['a'], { partition });
    first.run();
    await waitFor('both', () => first.records.length === 2);
    const second = new GroupMember(db, [topic], group).run();
    await shared([first, second], [1, 1]);
    const [moved] = second.partitions;
    expect(first.calls).toEqual(['assigned 0,1', `revoked ${moved}`]);
    expect(second.calls).toEqual([`assigned ${moved}`]);
    await put(db, topic, ['b'], { partition: moved as number });
    await waitFor('the next one', () => second.records.length === 1);
    expect(second.values).toEqual(['b']);
    await first.close();
    expect(first.calls.at(-1)).toBe(`revoked ${1 - (moved as number)}`);
    await second.close();
  });

  it('commits what earlier polls gave before it revokes', async () => {
    const db = database.open();
    const topic = await rawTopic(db, 2);
    for (const partition of [0, 1]) await put(db, topic, ['a'], { partition });
    const group = { group: topic, autoCommitIntervalMs: 1_000_000 };
    const seen: unknown[] = [];
    const first = new GroupMember(db, [topic], {
      ...group,
      on: {
        onPartitionsRevoked: async (partitions) => {
          const committed = await first.consumer.committed(partitions);
          seen.push(...committed.map(({ offset }) => offset));
        },
      },
    }).run();
    await waitFor('both', () => first.records.length === 2);
    const second = new GroupMember(db, [topic], group).run();
    await shared([first, second], [1, 1]);
    expect(seen).toEqual([1n]);
    await Promise.all([first.close(), second.close()]);
    expect(second.records).toEqual([]);
  });

  it('lets a new partition be sought elsewhere, before anything of it is given', async () => {
    const db = database.open();
    const topic = await rawTopic(db);
    await put(db, topic, ['a', 'b', 'c']);
    const member = new GroupMember(db, [topic], {
      group: topic,
      on: {
        onPartitionsAssigned: async ([partition = at(topic)]) => {
          expect(await member.consumer.position(partition)).toBe(0n);
          member.consumer.seek(partition, 2n);
        },
      },
    }).run();
    await waitFor('the last one', () => member.records.length === 1);
    expect(member.values).toEqual(['c']);
    await member.close();
  });

  it('throws what a callback throws out of poll, once, and goes on', async () => {
    const db = database.open();
    const topic = await rawTopic(db);
    await put(db, topic, ['a']);
    const consumer = new Consumer(db, {
      group: topic,
      autoOffsetReset: 'earliest',
    });
    consumer.subscribe([topic], {
      onPartitionsAssigned: () => {
        throw new Error('not prepared');
      },
    });
    await expect(read(consumer, 1)).rejects.toThrow('not prepared');
    expect(await read(consumer, 1)).toHaveLength(1);
    await consumer.close();
  });

  it.each(['onPartitionsAssigned', 'onPartitionsRevoked'] as const)(
    'is closed by %s, behind the poll that waits for it',
    async (name) => {
      const db = database.open();
      const topic = await rawTopic(db);
      const consumer = new Consumer(db, { group: topic });
      const called: string[] = [];
      consumer.subscribe([topic], {
        [name]: async () => {
          await consumer.close();
          called.push(name);
        },
      });
      while (consumer.assignment.length === 0 && called.length === 0)
        await consumer.poll(50);
      await consumer.close();
      expect(called).toEqual([name]);
      const { rows } = await db.query(
        'select 1 from postamt.group_members where group_id = (select id from postamt.consumer_groups where name = $1)',
        [topic],
      );
      expect(rows).toHaveLength(0);
    },
  );

  it('does not disturb what stays: paused and sought it remains', async () => {
    const db = database.open();
    const topic = await rawTopic(db, 4);
    for (const partition of [0, 1, 2, 3])
      await put(db, topic, ['a', 'b'], { partition });
    const group = { group: topic };
    const first = new GroupMember(db, [topic], {
      ...group,
      on: {
        onPartitionsAssigned: (partitions) => {
          first.consumer.pause(partitions);
          for (const each of partitions) first.consumer.seek(each, 1n);
        },
      },
    }).run();
    await shared([first], [4]);
    const second = new GroupMember(db, [topic], group).run();
    await shared([first, second], [2, 2]);
    expect(first.consumer.paused).toHaveLength(2);
    await first.stop();
    expect(first.records).toEqual([]);
    first.consumer.resume();
    first.run();
    await waitFor('what stayed', () => first.records.length === 2);
    expect(first.values).toEqual(['b', 'b']);
    await Promise.all([first.close(), second.close()]);
  });

  it('tells a member that was silent for too long what it has lost, commits nothing of it, and joins anew', async () => {
    const db = database.open();
    const other = database.open();
    const topic = await rawTopic(db, 2);
    for (const partition of [0, 1]) await put(db, topic, ['a'], { partition });
    const options = { group: topic, ...BRISK };
    const zombie = new GroupMember(other, [topic], options).run();
    await waitFor('both', () => zombie.records.length === 2);
    await zombie.stop();
    const goOn = silence(other);
    const heir = new GroupMember(db, [topic], options).run();
    await waitFor('both again', () => heir.records.length === 2);
    await expect(zombie.consumer.commitSync()).rejects.toMatchObject({
      code: 'ILLEGAL_GENERATION',
    });
    goOn();
    zombie.run();
    await shared([heir, zombie], [1, 1]);
    expect(zombie.calls.slice(0, 2)).toEqual(['assigned 0,1', 'lost 0,1']);
    expect(zombie.calls[2]).toBe(`assigned ${zombie.partitions.join()}`);
    await Promise.all([zombie.close(), heir.close()]);
  });

  it('gives the partitions of who does not poll in time to others', async () => {
    const db = database.open();
    const topic = await rawTopic(db, 2);
    const options = { group: topic };
    const slow = new GroupMember(db, [topic], {
      ...options,
      maxPollIntervalMs: 100,
    }).run();
    await shared([slow], [2]);
    await slow.stop();
    const other = new GroupMember(db, [topic], options).run();
    await shared([other], [2]);
    slow.run();
    await shared([slow, other], [1, 1]);
    expect(slow.calls[1]).toBe('lost 0,1');
    await Promise.all([slow.close(), other.close()]);
  });

  it('takes a member that does not poll in time for lost, also where nobody else is there', async () => {
    const db = database.open();
    const topic = await rawTopic(db, 2);
    const options = { group: topic, maxPollIntervalMs: 100 };
    const alone = new GroupMember(db, [topic], options).run();
    await shared([alone], [2]);
    await alone.stop();
    await waitFor('it to be lost', () => {
      return alone.consumer.groupMetadata().memberId === '';
    });
    alone.run();
    await waitFor('it to have joined anew', () => alone.calls.length === 3);
    expect(alone.calls).toEqual(['assigned 0,1', 'lost 0,1', 'assigned 0,1']);
    await alone.close();
  });

  it('lets a static member come back to what it had, and fences who has its name', async () => {
    const db = database.open();
    const other = database.open();
    const topic = await rawTopic(db, 2);
    const options = { group: topic, groupInstanceId: 'one', ...BRISK };
    const first = new GroupMember(db, [topic], options).run();
    await shared([first], [2]);
    await first.close();
    expect(first.calls).toEqual(['assigned 0,1', 'revoked 0,1']);
    const again = new GroupMember(db, [topic], options).run();
    await shared([again], [2]);
    await again.stop();
    const twin = new GroupMember(other, [topic], options).run();
    await shared([twin], [2]);
    await expect(again.consumer.poll(LONG_MS)).rejects.toMatchObject({
      code: 'FENCED_INSTANCE_ID',
    });
    expect(again.calls).toEqual(['assigned 0,1', 'lost 0,1']);
    expect(twin.consumer.groupMetadata()).toMatchObject({
      groupId: topic,
      groupInstanceId: 'one',
      generationId: expect.any(Number),
    });
    await again.consumer.close();
    await twin.close();
  });

  it('waits for a topic that is not there yet, and for records of one that is empty', async () => {
    const db = database.open();
    const options = { group: 'waits', ...BRISK };
    const member = new GroupMember(db, ['to-come'], options).run();
    await waitFor('it to be a member', () => {
      return member.consumer.groupMetadata().memberId !== '';
    });
    expect(member.partitions).toEqual([]);
    await createTopic(db, { name: 'to-come', partitions: 1 });
    await shared([member], [1]);
    await put(db, 'to-come', ['a']);
    await waitFor('the record', () => member.records.length === 1);
    await member.close();
  });

  it('is woken out of a poll that waits for partitions', async () => {
    const db = database.open();
    const topic = await rawTopic(db);
    const owner = new GroupMember(db, [topic], { group: topic }).run();
    await shared([owner], [1]);
    const waiting = new GroupMember(db, [topic], { group: topic });
    const polling = waiting.consumer.poll(LONG_MS);
    waiting.consumer.wakeup();
    expect(await polling).toEqual([]);
    waiting.run();
    await owner.close();
    await shared([waiting], [1]);
    await waiting.close();
  });

  it('changes what is subscribed to, and stops', async () => {
    const db = database.open();
    const [one, two] = [await rawTopic(db), await rawTopic(db)];
    const consumer = new Consumer(db, {
      group: one,
      autoOffsetReset: 'earliest',
    });
    await put(db, one, ['a']);
    await put(db, two, ['b']);
    consumer.subscribe([one]);
    expect(await read(consumer, 1)).toMatchObject([{ topic: one }]);
    consumer.subscribe([two]);
    expect(await read(consumer, 1)).toMatchObject([{ topic: two }]);
    expect(() => consumer.assign([at(one)])).toThrow(/either subscribes/);
    await consumer.unsubscribe();
    expect(consumer.assignment).toEqual([]);
    expect(consumer.groupMetadata()).toMatchObject({
      groupId: one,
      memberId: '',
      generationId: -1,
    });
    consumer.assign([at(one)]);
    expect(() => consumer.subscribe([two])).toThrow(/either subscribes/);
    await put(db, one, ['c']);
    expect(await read(consumer, 1)).toMatchObject([{ offset: 1n }]);
    await consumer.close();
  });
});
