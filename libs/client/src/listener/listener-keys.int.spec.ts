import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { useDatabase, waitFor } from '#testing';
import { GroupBench, upTo, type Options } from './fixtures/group-bench.js';
import { Listener } from './listener.js';

// Before the database is closed, which waits for what runs.
afterEach(async () => GroupBench.stopAll());
const database = useDatabase({ beforeAll, afterEach, afterAll });
const BY_KEY = { transactional: false, ordering: 'key' } as const;

describe('A listener that is ordered by key', () => {
  it('handles records of one partition beside each other, those of one key in their order', async () => {
    const bench = await GroupBench.open(database.open(), 2);
    const seen = new Map<string, number[]>();
    let running = 0;
    let most = 0;
    const listener = bench.listen({
      ...BY_KEY,
      concurrency: 8,
      handler: async (value, { key }) => {
        const n = value?.n ?? -1;
        running += 1;
        most = Math.max(most, running);
        for (let turn = (n * 7) % 5; turn >= 0; turn -= 1) await nextTurn();
        running -= 1;
        seen.set(key ?? '', [...(seen.get(key ?? '') ?? []), n]);
      },
    });
    await listener.start();
    await bench.append(0, 900, { keys: 20 });
    await waitFor('all', () => listener.status.handled === 900);
    await listener.stop();
    expect(most).toBe(8);
    for (const numbers of seen.values())
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    const all = [...seen.values()].flat().sort((a, b) => a - b);
    expect(all).toEqual(upTo(900));
  });

  it('commits up to the first record that is not done, and after a crash goes on from there', async () => {
    const bench = await GroupBench.open(database.open(), 1);
    const done: number[] = [];
    const listener = bench.listen({
      ...BY_KEY,
      concurrency: 4,
      maxPollRecords: 10,
      handler: async (value) => {
        if (value?.n === 3) await new Promise(() => {});
        done.push(value?.n ?? -1);
      },
    });
    await listener.start();
    await bench.append(0, 40, { keys: 5 });
    // Of the ten records from the first on that is not done, 8 is of the key of that one.
    await waitFor('all others that may go', () => done.length === 11);
    await waitFor(
      'the commit',
      async () => (await bench.committed())[0] === 3n,
    );
    expect(done.toSorted((a, b) => a - b)).toEqual([
      0, 1, 2, 4, 5, 6, 7, 9, 10, 11, 12,
    ]);
    await listener.stop(20);
    expect(await bench.committed()).toEqual([3n]);
    const seen: number[] = [];
    const next = bench.listen({
      ...BY_KEY,
      concurrency: 4,
      handler: (value) => void seen.push(value?.n ?? -1),
    });
    await next.start();
    await waitFor('the rest', () => next.status.handled === 37);
    await next.stop();
    expect(seen.toSorted((a, b) => a - b)).toEqual(upTo(40).slice(3));
    expect(await bench.committed()).toEqual([40n]);
  });

  it('keeps a key waiting whose record fails, and not the others', async () => {
    const bench = await GroupBench.open(database.open(), 1);
    const seen: number[] = [];
    let broken = true;
    const listener = bench.listen({
      ...BY_KEY,
      concurrency: 3,
      handler: (value) => {
        if (broken && value?.n === 1) throw new Error('broken');
        seen.push(value?.n ?? -1);
      },
    });
    await listener.start();
    await bench.append(0, 20, { keys: 4 });
    await waitFor('the others', () => seen.length === 15);
    expect(seen.filter((n) => n % 4 === 1)).toEqual([]);
    broken = false;
    await waitFor('all', () => listener.status.handled === 20);
    await listener.stop();
    expect(seen.filter((n) => n % 4 === 1)).toEqual([1, 5, 9, 13, 17]);
  });

  it('is refused where offset and effects share a transaction, and for batches', async () => {
    const bench = await GroupBench.open(database.open(), 1);
    const handler: Options['handler'] = () => {};
    expect(() => bench.listen({ ordering: 'key', handler })).toThrow(
      expect.objectContaining({
        code: 'NOT_SUPPORTED',
        message: expect.stringContaining('transactional: false'),
      }),
    );
    const { db, topic, group } = bench;
    const batch = { ...BY_KEY, topic, group, batchHandler: () => {} };
    expect(() => new Listener(db, batch)).toThrow(
      expect.objectContaining({ code: 'NOT_SUPPORTED' }),
    );
  });
});
