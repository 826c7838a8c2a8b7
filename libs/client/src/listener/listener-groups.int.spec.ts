import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import type { Database } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import { SpawnedProcess } from '../producer/fixtures/spawned-process.js';
import {
  BRISK,
  GroupBench,
  HANDING_OVER,
  upTo,
  writeDown,
  type Options,
} from './fixtures/group-bench.js';

// Before the database is closed, which waits for what runs.
afterEach(async () => GroupBench.stopAll());
const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('Listeners of a group', () => {
  beforeAll(async () => {
    const db = database.open();
    await db.query('create table effects (name text not null, n int not null)');
  });
  beforeEach(async () => {
    await database.open().query('truncate effects');
  });

  it('have each effect once while members join, leave and are killed', async () => {
    const bench = await GroupBench.open(database.open(), 6);
    const { topic, db } = bench;
    const killed = new SpawnedProcess(
      '../../listener/fixtures/listener-process.ts',
      [database.connectionString, topic.name, '6'],
    );
    const handling = { handler: writeDown, maxPollRecords: 10, concurrency: 2 };
    const [first, second] = [0, 1].map(() =>
      bench.listen({ ...handling, ...BRISK }, database.open()),
    ) as [ReturnType<typeof bench.listen>, ReturnType<typeof bench.listen>];
    await bench.append(0, 500);
    await waitFor('the process to work', () => {
      if (killed.errors) throw new Error(killed.errors);
      return killed.lines.length > 20;
    });
    await first.start();
    await bench.append(500, 1_000);
    await killed.kill();
    await second.start();
    await bench.append(1_500, 1_000);
    await first.stop();
    await bench.append(2_500, 500);
    await waitFor('all effects', async () => {
      const { rows } = await db.query('select count(*)::int as n from effects');
      return (rows[0]?.n as number) >= 3_000;
    });
    await second.stop();
    expect(await bench.effects()).toEqual(upTo(3_000));
  });

  it('wait for the chunk that runs before a partition moves, and go on with the others', async () => {
    const bench = await GroupBench.open(database.open(), 2);
    const gate = Promise.withResolvers<void>();
    const seen: string[] = [];
    const handlerOf =
      (who: string): Options['handler'] =>
      async (value, { partition }) => {
        seen.push(`${who} ${partition} ${value?.n}`);
        if (value?.n === 0) await gate.promise;
      };
    const committedAtRevoke: (bigint | null)[] = [];
    const first = bench.listen({
      handler: handlerOf('first'),
      assignor: HANDING_OVER,
      clientId: 'first',
      concurrency: 2,
      onPartitionsRevoked: async (partitions) => {
        seen.push(`revoked ${partitions.map((each) => each.partition).join()}`);
        committedAtRevoke.push(...(await bench.committed()));
      },
    });
    await first.start();
    await bench.append(0, 1, { partition: 0 });
    await waitFor('the handler', () => seen.length === 1);
    const second = bench.listen({
      handler: handlerOf('second'),
      assignor: HANDING_OVER,
      clientId: 'second',
    });
    await second.start();
    await waitFor('the move', async () => (await bench.moving()) === 1);
    await bench.append(1, 1, { partition: 0 });
    await bench.append(2, 1, { partition: 1 });
    await waitFor('the other lane', () => seen.includes('first 1 2'));
    expect(second.partitions).toEqual([]);
    gate.resolve();
    await waitFor('the successor', () => seen.includes('second 0 1'));
    await Promise.all([first.stop(), second.stop()]);
    expect(seen).toEqual([
      'first 0 0',
      'first 1 2',
      'revoked 0',
      'second 0 1',
      'revoked 1',
    ]);
    expect(committedAtRevoke[0]).toBe(1n);
  });

  it('give a partition up only behind a commit of it that is under way', async () => {
    const bench = await GroupBench.open(database.open(), 2);
    const { db } = bench;
    const seen: string[] = [];
    const plain = (who: string) =>
      bench.listen({
        transactional: false,
        assignor: HANDING_OVER,
        clientId: who,
        handler: (value) => void seen.push(`${who} ${value?.n}`),
      });
    const [first, second] = [plain('first'), plain('second')];
    await first.start();
    await waitFor('its partitions', () => first.partitions.length === 2);
    const { rows } = await db.query(
      'select min(id)::int as first from postamt.group_partitions where group_id = (select id from postamt.consumer_groups where name = $1)',
      [bench.group],
    );
    const { first: at } = rows[0] as { first: number };
    await db.transaction(async (tx) => {
      await tx.lock('groupPartition', [at]);
      await bench.append(0, 1, { partition: 0 });
      await waitFor('its commit', async () => isLockWaitedFor(db));
      // These are done while it is under way: their commit comes behind it.
      await bench.append(1, 2, { partition: 0 });
      await waitFor('the handler', () => seen.length === 3);
      await second.start();
      await waitFor('the move', async () => (await bench.moving()) === 1);
      expect(second.partitions).toEqual([]);
      expect((await bench.committed())[0]).toBeNull();
    });
    await waitFor('the successor', () => second.partitions.length === 1);
    await bench.append(3, 1, { partition: 0 });
    await waitFor('its record', () => seen.includes('second 3'));
    await Promise.all([first.stop(), second.stop()]);
    expect(seen).toEqual(['first 0', 'first 1', 'first 2', 'second 3']);
  });

  it('let a static member come back to what it had, and move nothing', async () => {
    const bench = await GroupBench.open(database.open(), 4);
    const moved: string[] = [];
    const handler = writeDown;
    const note = (what: string) => () => void moved.push(what);
    const stable = { handler, groupInstanceId: 'one' };
    const fixed = bench.listen(stable);
    const other = bench.listen({
      handler,
      onPartitionsRevoked: note('revoked'),
      onPartitionsAssigned: note('assigned'),
    });
    await fixed.start();
    await other.start();
    await waitFor('two each', () => other.partitions.length === 2);
    const before = fixed.partitions;
    moved.length = 0;
    await fixed.stop();
    const again = bench.listen(stable);
    await again.start();
    await waitFor('its partitions', () => again.partitions.length === 2);
    expect(again.partitions).toEqual(before);
    expect(moved).toEqual([]);
    await bench.append(0, 50);
    await waitFor('all', async () => (await bench.effects()).length === 50);
    await Promise.all([again.stop(), other.stop()]);
    expect(await bench.effects()).toEqual(upTo(50));
  });

  it('leave one out whose name another process has taken, and say so once', async () => {
    const logged: string[] = [];
    const note = (fields: object) =>
      void logged.push(String((fields as { err?: unknown }).err));
    const logger = { debug() {}, info() {}, warn() {}, error: note };
    const bench = await GroupBench.open(database.open(), 2);
    const named = { handler: writeDown, groupInstanceId: 'one', ...BRISK };
    const first = bench.listen(named, database.open({ logger }));
    const second = bench.listen(named, database.open());
    await first.start();
    await second.start();
    await waitFor('the first to know', () => logged.length > 0);
    expect(first.status).toMatchObject({
      state: 'failing',
      lastError: expect.stringContaining('another process has joined'),
    });
    await bench.append(0, 20);
    await waitFor('all', () => second.status.handled === 20);
    await Promise.all([first.stop(), second.stop()]);
    expect(logged).toHaveLength(1);
    expect(first.status.handled).toBe(0);
  });
});

async function isLockWaitedFor(db: Database): Promise<boolean> {
  const { rows } = await db.query(
    `select from pg_locks
    where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`,
  );
  return rows.length > 0;
}
