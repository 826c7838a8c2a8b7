import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { addPartitions, createTopic, deleteTopic } from '#log';
import type { Database } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import { commitNow, commitOffsets } from '../offsets/commit-offsets.js';
import { committedOffsets } from '../offsets/committed-offsets.js';
import type { OwnedPartition } from '../owned-partition.js';
import { Membership } from './membership.js';
import type { MembershipOptions } from './membership-options.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
/** A process that is stopped is noticed within a second. */
const BRISK = { sessionTimeoutMs: 800, heartbeatIntervalMs: 100 };

describe('A membership', () => {
  it('gives the first member everything, and shares with the second once the first has let go', async () => {
    const { db, options } = await open('shared', 6);
    const first = await Membership.join(db, options);
    expect(partitionsOf(first)).toEqual([0, 1, 2, 3, 4, 5]);
    const second = await Membership.join(db, options);
    expect(second.owned).toEqual([]);
    await waitFor('three to be asked for', () => first.revoking.length === 3);
    expect(first.owned).toHaveLength(3);
    await first.release(first.revoking);
    await waitFor('the second to have three', () => second.owned.length === 3);
    expect(first.revoking).toEqual([]);
    expect(new Set([...partitionsOf(first), ...partitionsOf(second)])).toEqual(
      new Set([0, 1, 2, 3, 4, 5]),
    );
    await second.leave();
    await waitFor('the first to have all', () => first.owned.length === 6);
    await first.leave();
  });

  it('keeps the generation of a partition that stays, and raises that of one that moves', async () => {
    const { db, options } = await open('epochs', 2);
    const first = await Membership.join(db, options);
    const before = epochsOf(first);
    const second = await Membership.join(db, options);
    await waitFor('one to be asked for', () => first.revoking.length === 1);
    await first.release(first.revoking);
    await waitFor('the second to have it', () => second.owned.length === 1);
    const [kept] = first.owned as [OwnedPartition];
    const [moved] = second.owned as [OwnedPartition];
    expect(kept.epoch).toBe(before.get(kept.partition));
    expect(moved.epoch).toBeGreaterThan(before.get(moved.partition) ?? 0);
    await Promise.all([first.leave(), second.leave()]);
  });

  it('is lost when its process is not heard of for its time-out, and can join again', async () => {
    const { db, options } = await open('silent', 4);
    const other = database.open();
    const first = await Membership.join(db, { ...options, ...BRISK });
    const silent = await Membership.join(other, { ...options, ...BRISK });
    await handOver(first, silent, 2);
    const session = silence(other);
    await waitFor('the first to have all', () => first.owned.length === 4);
    session.goOn();
    await waitFor('the silent one to know', () => silent.state === 'lost');
    expect(silent.owned).toEqual([]);
    expect(silent.lostBecause).toMatchObject({ code: 'UNKNOWN_MEMBER_ID' });
    await silent.rejoin();
    await handOver(first, silent, 2);
    await Promise.all([first.leave(), silent.leave()]);
  });

  it('refuses the commit of a member that was fenced', async () => {
    const { db, options } = await open('refused', 1);
    const first = await Membership.join(db, options);
    const [partition] = first.owned as [OwnedPartition];
    await commitNow(db, [{ partition, next: 3n, metadata: 'mine' }]);
    await first.expire();
    expect(first.state).toBe('lost');
    const second = await Membership.join(db, options);
    expect(second.owned).toHaveLength(1);
    await expect(
      commitNow(db, [{ partition, next: 9n }]),
    ).rejects.toMatchObject({ code: 'ILLEGAL_GENERATION' });
    const committed = await committedOffsets(db, second.owned);
    expect(committed.get(partition.id)).toMatchObject({
      offset: 3n,
      metadata: 'mine',
      epoch: partition.epoch,
    });
    await Promise.all([first.leave(), second.leave()]);
  });

  it('ends the transaction of a zombie that checked, stalls in its handler, and is replaced', async () => {
    const { db, options } = await open('zombie', 1);
    await db.query('create table effects (who text not null)');
    const zombie = await Membership.join(db, options);
    const [partition] = zombie.owned as [OwnedPartition];
    const checked = Promise.withResolvers<void>();
    const stalled = Promise.withResolvers<void>();
    const work = db.transaction(async (tx) => {
      await commitOffsets(tx, [{ partition, next: 1n, previous: null }]);
      await tx.query(`insert into effects values ('zombie')`);
      checked.resolve();
      await stalled.promise;
    });
    const outcome = work.catch((error: unknown) => error);
    await checked.promise;
    await zombie.expire();
    const successor = await Membership.join(db, options);
    expect(successor.owned).toHaveLength(1);
    // Before its successor has committed anything, the zombie goes on to its COMMIT.
    stalled.resolve();
    expect(await outcome).toMatchObject({ code: expect.any(String) });
    expect((await db.query('select * from effects')).rows).toEqual([]);
    expect((await committedOffsets(db, successor.owned)).size).toBe(0);
    await Promise.all([zombie.leave(), successor.leave()]);
    await db.query('drop table effects');
  });

  it('lets a static member come back to what it had, and moves nothing', async () => {
    const { db, options } = await open('static', 4);
    const first = await Membership.join(db, options);
    const stable = { ...options, groupInstanceId: 'two' };
    const second = await Membership.join(db, stable);
    await handOver(first, second, 2);
    const before = partitionsOf(second);
    const { generation } = first;
    await second.leave();
    const again = await Membership.join(db, stable);
    expect(partitionsOf(again)).toEqual(before);
    expect(partitionsOf(first)).toHaveLength(2);
    expect(first.revoking).toEqual([]);
    expect(again.generation).toBeGreaterThan(generation);
    await Promise.all([first.leave(), again.leave()]);
  });

  it('fences a static member whose name another process takes', async () => {
    const { db, options } = await open('twins', 2);
    const other = database.open();
    const named = { ...options, groupInstanceId: 'one' };
    const first = await Membership.join(db, named);
    const second = await Membership.join(other, named);
    expect(second.owned).toHaveLength(2);
    await waitFor('the first to know', () => first.state === 'lost');
    await expect(first.rejoin()).rejects.toMatchObject({
      code: 'FENCED_INSTANCE_ID',
    });
    await Promise.all([first.leave(), second.leave()]);
  });

  it('notices partitions and topics that come and go', async () => {
    const { db } = await open('grown', 2);
    const member = await Membership.join(db, {
      group: 'patterned',
      pattern: /^grown/,
    });
    expect(member.owned).toHaveLength(2);
    await addPartitions(db, 'grown', 3);
    await waitFor('the third', () => member.owned.length === 3);
    await createTopic(db, { name: 'grown-too', partitions: 2 });
    await waitFor('the other topic', () => member.owned.length === 5);
    await deleteTopic(db, 'grown');
    await waitFor('the first to go', () => member.owned.length === 2);
    await member.release(member.revoking);
    expect(partitionsOf(member)).toEqual([0, 1]);
    await member.leave();
  });

  it('is made where transactions are serializable and read only by default', async () => {
    const { db: admin, options } = await open('strict', 2);
    const setDefaults = async (how: string) =>
      admin.transaction((tx) =>
        tx.query(
          `do $$ begin
            execute format('alter database %I ${how} default_transaction_isolation${how === 'set' ? " = ''serializable''" : ''}', current_database());
            execute format('alter database %I ${how} default_transaction_read_only${how === 'set' ? ' = on' : ''}', current_database());
          end $$`,
        ),
      );
    await setDefaults('set');
    const db = database.open();
    const first = await Membership.join(db, { ...options, ...BRISK });
    const second = await Membership.join(db, { ...options, ...BRISK });
    await handOver(first, second, 1);
    await Promise.all([first.leave(), second.leave()]);
    await setDefaults('reset');
  });

  it('takes fifty members that join at once, and gives each partition one owner', async () => {
    const { db, options } = await open('crowd', 100);
    const members = await Promise.all(
      Array.from({ length: 50 }, () => Membership.join(db, options)),
    );
    for (const member of members)
      member.onChange(() => void member.release(member.revoking));
    for (const member of members) await member.release(member.revoking);
    await waitFor('two for each', () =>
      members.every(({ owned }) => owned.length === 2),
    );
    const all = members.flatMap((member) => partitionsOf(member));
    expect(new Set(all).size).toBe(100);
    await Promise.all(members.map((member) => member.leave()));
  });
});

async function open(topic: string, partitions: number) {
  const db = database.open();
  await createTopic(db, { name: topic, partitions });
  const options: MembershipOptions = { group: topic, topics: [topic] };
  return { db, options };
}

function partitionsOf({ owned }: Membership): number[] {
  return owned.map(({ partition }) => partition);
}

function epochsOf({ owned }: Membership): Map<number, number> {
  return new Map(owned.map(({ partition, epoch }) => [partition, epoch]));
}

/** The first gives up what it is asked for, until the second has so many. */
async function handOver(first: Membership, second: Membership, count: number) {
  await waitFor('the second to have its share', async () => {
    await first.release(first.revoking);
    return second.owned.length === count;
  });
}

/** Nothing that this process says of itself reaches the server until it goes on: as if it were stopped. */
function silence(db: Database) {
  const gate = Promise.withResolvers<void>();
  const runAside = db.runAside.bind(db);
  const silent: typeof runAside = async (...given) => {
    await gate.promise;
    return runAside(...given);
  };
  db.runAside = silent;
  return {
    goOn() {
      db.runAside = runAside;
      gate.resolve();
    },
  };
}
