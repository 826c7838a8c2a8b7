import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { CompiledQuery } from 'kysely';
import type { Database } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import { silence } from '../consumer/group/fixtures/silence.js';
import {
  BRISK,
  GroupBench,
  upTo,
  writeDown,
  type Options,
} from './fixtures/group-bench.js';

// Before the database is closed, which waits for what runs.
afterEach(async () => GroupBench.stopAll());
const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('A listener that lost its partitions', () => {
  beforeAll(async () => {
    const db = database.open();
    await db.query('create table effects (name text not null, n int not null)');
  });
  beforeEach(async () => {
    await database.open().query('truncate effects');
  });

  it('commits neither effect nor offset as a zombie that checked, stalls in its handler, and is replaced', async () => {
    const bench = await GroupBench.open(database.open(), 1);
    const own = database.open();
    const stall = Promise.withResolvers<void>();
    const turn = Promise.withResolvers<void>();
    let late: unknown;
    let stalls = false;
    const lost: number[] = [];
    const zombie = bench.listen(
      {
        ...BRISK,
        handler: async (value, record) => {
          await write('zombie', value, record);
          stalls = true;
          await stall.promise;
          await write('zombie', value, record).catch(
            (error: unknown) => (late = error),
          );
        },
        onPartitionsLost: (partitions) => void lost.push(partitions.length),
      },
      own,
    );
    await zombie.start();
    await bench.append(0, 3);
    await waitFor('the zombie to stall', () => stalls);
    const goOn = silence(own);
    const successor = bench.listen({
      ...BRISK,
      handler: async (value, record) => {
        await turn.promise;
        await write('successor', value, record);
      },
    });
    await successor.start();
    await waitFor('the successor', () => successor.partitions.length === 1);
    // It goes on before its successor has committed anything.
    stall.resolve();
    await waitFor('the late write', () => late);
    expect(await bench.committed()).toEqual([null]);
    turn.resolve();
    await waitFor('the records', () => successor.status.handled === 3);
    goOn();
    await waitFor('the zombie to know', () => lost.length > 0);
    await Promise.all([zombie.stop(), successor.stop()]);
    expect(await written(bench.db)).toEqual(
      upTo(3).map((n) => `successor ${n}`),
    );
  });

  it('for a handler that takes longer than maxPollIntervalMs hands over, and joins again once that has returned', async () => {
    const bench = await GroupBench.open(database.open(), 2);
    const hang = Promise.withResolvers<void>();
    let hangs = false;
    let joined = 0;
    const slow = bench.listen({
      maxPollIntervalMs: 300,
      concurrency: 2,
      onPartitionsAssigned: () => void (joined += 1),
      handler: async (value, record) => {
        await write('slow', value, record);
        if (value?.n !== 0) return;
        hangs = true;
        await hang.promise;
      },
    });
    await slow.start();
    await bench.append(0, 1);
    await waitFor('the handler to hang', () => hangs);
    await waitFor('it to leave', () => slow.partitions.length === 0);
    const other = bench.listen({
      handler: async (value, record) => write('other', value, record),
    });
    await other.start();
    await waitFor('all partitions', () => other.partitions.length === 2);
    await waitFor('the record', () => other.status.handled === 1);
    expect(joined).toBe(1);
    hang.resolve();
    await waitFor('its share', () => slow.partitions.length === 1);
    await bench.append(1, 30);
    await waitFor('all', async () => (await bench.effects()).length === 31);
    await Promise.all([slow.stop(), other.stop()]);
    expect(await bench.effects()).toEqual(upTo(31));
    expect(await written(bench.db)).toContain('other 0');
  });

  it('is not, for records that each take long, when all of a chunk takes longer than maxPollIntervalMs', async () => {
    const bench = await GroupBench.open(database.open(), 1);
    await bench.append(0, 6);
    let lost = 0;
    const slow = bench.listen({
      maxPollIntervalMs: 400,
      onPartitionsLost: () => void (lost += 1),
      handler: async (value, record) => {
        await record.tx.executeQuery(
          CompiledQuery.raw('select pg_sleep(0.2)', []),
        );
        await write('slow', value, record);
      },
    });
    await slow.start();
    await waitFor('all', () => slow.status.handled === 6);
    await slow.stop();
    expect(lost).toBe(0);
    expect(await bench.effects()).toEqual(upTo(6));
  });

  it('handles nothing twice where another one had its partitions for a while', async () => {
    const bench = await GroupBench.open(database.open(), 4);
    const own = database.open();
    const handling = { ...BRISK, handler: writeDown, maxPollRecords: 5 };
    const silent = bench.listen({ ...handling, concurrency: 2 }, own);
    const other = bench.listen(handling);
    await Promise.all([silent.start(), other.start()]);
    await waitFor('two each', () =>
      [silent, other].every(({ partitions }) => partitions.length === 2),
    );
    await bench.append(0, 400);
    const goOn = silence(own);
    await bench.append(400, 400);
    await waitFor('all partitions', () => other.partitions.length === 4);
    goOn();
    await bench.append(800, 400);
    await waitFor('two again', () => silent.partitions.length === 2);
    await bench.append(1_200, 400);
    await waitFor('all', async () => (await bench.effects()).length >= 1_600);
    await Promise.all([silent.stop(), other.stop()]);
    expect(await bench.effects()).toEqual(upTo(1_600));
  });

  it('does not stop on one that hangs in a plain handler: it leaves, and another one handles the record again', async () => {
    const bench = await GroupBench.open(database.open(), 1);
    let hangs = false;
    const first = bench.listen({
      transactional: false,
      handler: async (value) => {
        if (value?.n !== 1) return;
        hangs = true;
        await new Promise(() => {});
      },
    });
    await first.start();
    await bench.append(0, 3);
    await waitFor('the handler to hang', () => hangs);
    await first.stop(50);
    expect(first.status.state).toBe('stopped');
    const seen: number[] = [];
    const next = bench.listen({
      transactional: false,
      handler: (value) => void seen.push(value?.n ?? -1),
    });
    await next.start();
    await waitFor('the rest', () => seen.includes(2));
    await next.stop();
    expect(seen).toEqual([1, 2]);
  });
});

async function write(
  who: string,
  value: { readonly n: number } | null,
  record: Parameters<Options['handler']>[1],
) {
  const row = { name: who, n: value?.n ?? -1 };
  await record.tx.insertInto('effects').values(row).execute();
}

async function written(db: Database): Promise<string[]> {
  const { rows } = await db.query('select name, n from effects order by n');
  return rows.map(({ name, n }) => `${name as string} ${n as number}`);
}
