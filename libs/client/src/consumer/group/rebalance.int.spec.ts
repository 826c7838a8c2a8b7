import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { addPartitions, createTopic, deleteTopic } from '#log';
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
import { BRISK, GroupMember, shared } from './fixtures/group-members.js';
import { joined, MANUAL } from './fixtures/members.js';
import { silence } from './fixtures/silence.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('A consumer in a group', () => {
  it('shares partitions with the others: each has one owner, all are read', async () => {
    const db = database.open();
    const topic = await rawTopic(db, 4);
    const options = { group: 'shares' };
    const first = new GroupMember(db, [topic], options).run();
    await shared([first], [4]);
    const second = new GroupMember(db, [topic], options).run();
    await shared([first, second], [2, 2]);
    expect(new Set([...first.partitions, ...second.partitions])).toEqual(
      new Set([0, 1, 2, 3]),
    );
    for (const partition of [0, 1, 2, 3])
      await put(db, topic, [`in ${partition}`], { partition });
    await waitFor('all to be read', () => {
      return first.records.length + second.records.length === 4;
    });
    for (const member of [first, second])
      expect(member.values.sort()).toEqual(
        member.partitions.map((partition) => `in ${partition}`),
      );
    await Promise.all([first.close(), second.close()]);
  });

  it('takes partitions up in the midst of a poll that waits', async () => {
    const db = database.open();
    const topic = await rawTopic(db);
    await put(db, topic, ['a']);
    const options = { group: topic, autoOffsetReset: 'earliest' } as const;
    const [first, second] = [
      new Consumer(db, options),
      new Consumer(db, options),
    ];
    for (const consumer of [first, second]) consumer.subscribe([topic]);
    expect(await first.poll(LONG_MS)).toHaveLength(1);
    const waiting = second.poll(LONG_MS);
    await first.close();
    await put(db, topic, ['b']);
    expect(await waiting).toMatchObject([{ offset: 1n }]);
    await second.close();
  });

  it('goes on from where its group has stopped, and disturbs no other group', async () => {
    const db = database.open();
    const topic = await rawTopic(db);
    await put(db, topic, ['a', 'b']);
    const first = new GroupMember(db, [topic], { group: 'stops' }).run();
    await waitFor('two', () => first.records.length === 2);
    await first.close();
    await put(db, topic, ['c']);
    const again = new GroupMember(db, [topic], { group: 'stops' }).run();
    const other = new GroupMember(db, [topic], { group: 'other' }).run();
    await waitFor('the rest', () => again.records.length === 1);
    await waitFor('all', () => other.records.length === 3);
    expect(again.values).toEqual(['c']);
    expect(other.values).toEqual(['a', 'b', 'c']);
    await Promise.all([again.close(), other.close()]);
  });

  it('is given what is left by who leaves at once, and by who is gone after its session', async () => {
    const db = database.open();
    const lost = database.open();
    const topic = await rawTopic(db, 3);
    const options = { group: 'leaves', ...BRISK };
    const stays = new GroupMember(db, [topic], options).run();
    const leaves = new GroupMember(db, [topic], options).run();
    const fails = new GroupMember(lost, [topic], options).run();
    await shared([stays, leaves, fails], [1, 1, 1]);
    await leaves.close();
    await waitFor('all to be shared by two', () => {
      return stays.partitions.length + fails.partitions.length === 3;
    });
    await fails.stop();
    await lost.close();
    await shared([stays], [3]);
    await stays.close();
    await fails.consumer.close();
  });

  it('reads nothing of a topic that was made anew under the name of the one it was given', async () => {
    const own = database.open();
    const topic = await rawTopic(own);
    const consumer = joined(own, topic, MANUAL);
    await put(own, topic, ['old 0', 'old 1']);
    await read(consumer, 2);
    const goOn = silence(own);
    await deleteTopic(own, topic);
    await createTopic(own, { name: topic, partitions: 1 });
    const all = ['new 0', 'new 1', 'new 2', 'new 3'];
    await put(own, topic, all);
    await expect(consumer.poll(LONG_MS)).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
    goOn();
    expect(values(await read(consumer, 4))).toEqual(all);
    await consumer.close();
  });

  it('notices partitions that are added, and topics that a pattern finds', async () => {
    const db = database.open();
    await createTopic(db, { name: 'grows-1', partitions: 1 });
    const options = { group: 'grows', ...BRISK };
    const member = new GroupMember(db, /^grows-/, options).run();
    await shared([member], [1]);
    await addPartitions(db, 'grows-1', 2);
    await shared([member], [2]);
    await createTopic(db, { name: 'grows-2', partitions: 1 });
    await shared([member], [3]);
    await put(db, 'grows-2', ['late']);
    await waitFor('the record', () => member.records.length === 1);
    expect(member.consumer.assignment).toContainEqual(at('grows-2'));
    await member.close();
  });
});
