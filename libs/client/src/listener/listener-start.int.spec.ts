import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Catalogue, deleteRecords } from '#log';
import { useDatabase, waitFor } from '#testing';
import { GroupBench, upTo } from './fixtures/group-bench.js';

// Before the database is closed, which waits for what runs.
afterEach(async () => GroupBench.stopAll());
const database = useDatabase({ beforeAll, afterEach, afterAll });
const HOUR_MS = 3_600_000;
const PLAIN = { transactional: false } as const;

describe('Where a listener begins', () => {
  it('is at the first record of the last so many milliseconds where autoOffsetReset is a duration', async () => {
    const bench = await GroupBench.open(database.open(), 2);
    await bench.append(0, 5, { timestamp: Date.now() - 48 * HOUR_MS });
    await bench.append(5, 5, { partition: 0 });
    const seen: number[] = [];
    const listener = bench.listen({
      ...PLAIN,
      autoOffsetReset: { durationMs: HOUR_MS },
      handler: (value) => void seen.push(value?.n ?? -1),
    });
    await listener.start();
    // Partition 1 has nothing of that time: it begins at its end.
    await waitFor('those of partition 0', () => seen.length === 5);
    await bench.append(10, 3, { partition: 1 });
    await waitFor('those of partition 1', () => seen.length === 8);
    await listener.stop();
    expect(seen.toSorted((a, b) => a - b)).toEqual(upTo(13).slice(5));
  });

  it('is never taken for the log’s start where what is committed cannot be read', async () => {
    const bench = await GroupBench.open(database.open(), 1);
    const { db } = bench;
    const seen: number[] = [];
    const again = () =>
      bench.listen({
        ...PLAIN,
        handler: (value) => void seen.push(value?.n ?? -1),
      });
    const first = again();
    await first.start();
    await bench.append(0, 4);
    await waitFor('the first four', () => first.status.handled === 4);
    await first.stop();
    await bench.append(4, 4);
    await db.query('alter table postamt.committed_offsets rename to hidden');
    const second = again();
    await second.start();
    expect(second.status.state).toBe('failing');
    await db.query('alter table postamt.hidden rename to committed_offsets');
    await waitFor('the others', () => second.status.handled === 4);
    expect(second.status.state).toBe('running');
    await second.stop();
    expect(seen).toEqual(upTo(8));
  });

  it('is where autoOffsetReset says once the log has lost what is committed', async () => {
    const bench = await GroupBench.open(database.open(), 1);
    const seen: number[] = [];
    const again = () =>
      bench.listen({ handler: (value) => void seen.push(value?.n ?? -1) });
    const first = again();
    await first.start();
    await bench.append(0, 2);
    await waitFor('two', () => first.status.handled === 2);
    await first.stop();
    await bench.append(2, 6);
    const { name: topic } = bench.topic;
    await deleteRecords(bench.db, new Catalogue(bench.db), [
      { topic, partition: 0, before: 5n },
    ]);
    const second = again();
    await second.start();
    await waitFor('what is left', () => second.status.handled === 3);
    await second.stop();
    expect(seen).toEqual([0, 1, 5, 6, 7]);
    expect(await bench.committed()).toEqual([8n]);
  });

  it('stays where it was at the first time, though nothing was handled before it was away', async () => {
    const bench = await GroupBench.open(database.open(), 2);
    await bench.append(0, 3, { partition: 0 });
    const seen: number[] = [];
    const again = () =>
      bench.listen({
        ...PLAIN,
        autoOffsetReset: 'latest',
        handler: (value) => void seen.push(value?.n ?? -1),
      });
    const first = again();
    await first.start();
    await first.stop();
    expect(await bench.committed()).toEqual([3n, 0n]);
    await bench.append(3, 2, { partition: 0 });
    await bench.append(5, 2, { partition: 1 });
    const second = again();
    await second.start();
    await waitFor('the four', () => second.status.handled === 4);
    await second.stop();
    expect(seen.toSorted((a, b) => a - b)).toEqual([3, 4, 5, 6]);
  });
});

describe('What a listener tells of its partitions', () => {
  it('comes before their first record, and behind the last commit', async () => {
    const bench = await GroupBench.open(database.open(), 2);
    const told: string[] = [];
    const listener = bench.listen({
      ...PLAIN,
      handler: (value) => void told.push(`handled ${value?.n}`),
      onPartitionsAssigned: async (partitions) => {
        const { topic } = bench;
        expect(partitions.map((each) => each.topic)).toEqual([
          topic.name,
          topic.name,
        ]);
        await bench.append(0, 1, { partition: 1 });
        told.push('assigned');
        throw new Error('a mistake of the user’s');
      },
      onPartitionsRevoked: async () => {
        told.push(`revoked, committed ${String((await bench.committed())[1])}`);
      },
    });
    await listener.start();
    await waitFor('the record', () => told.length === 2);
    await listener.stop();
    expect(told).toEqual(['assigned', 'handled 0', 'revoked, committed 1']);
  });
});
