import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { COMPRESSIONS } from '#records';
import { useDatabase } from '#testing';
import { alterTopic } from '../alter-topic.js';
import { existingLeaves, SegmentedTopic } from './fixtures/segmented-topic.js';
import { randomBatch, seededNumbers } from './fixtures/seeded-history.js';
import { LogMaintenance } from './log-maintenance.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const COMPACT = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': 0 };

/** What a reader of the whole log ends up with: the last value of each key that has one. */
function tableOf(contents: readonly string[]): Record<string, string> {
  const table: Record<string, string> = {};
  for (const line of contents) {
    const [key = '', value = ''] = (line.split(' ')[1] ?? '').split('=');
    if (value === 'null') delete table[key];
    else table[key] = value;
  }
  return table;
}

/** What compaction has to leave of sealed records: the last one of each key. */
function lastOfEachKey(contents: readonly string[]): string[] {
  const keyOf = (line: string) => line.split(' ')[1]?.split('=')[0];
  const last = new Map(contents.map((line) => [keyOf(line), line]));
  return contents.filter((line) => last.get(keyOf(line)) === line);
}

describe('A random history', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'of seed %i ends, through compactions, in the same table with the same offsets',
    async (seed) => {
      const db = database.open();
      const below = seededNumbers(seed);
      const config = {
        ...COMPACT,
        'delete.retention.ms': seed % 2 === 0 ? 0 : 3_600_000,
        'min.cleanable.dirty.ratio': seed % 3 === 0 ? 0.4 : 0,
      };
      const log = await SegmentedTopic.create(db, config, 2);
      const maintenance = new LogMaintenance(db);
      const written: string[][] = [[], []];
      const sealed = [0, 0];
      for (let step = 0; step < 40; step += 1) {
        const partition = below(2);
        const batch = randomBatch(below, 6);
        const base = await log.append(batch, partition, {
          compression: COMPRESSIONS[below(COMPRESSIONS.length)] ?? 'none',
        });
        batch.forEach(([key, value], n) =>
          written[partition]?.push(`${base + BigInt(n)} ${key}=${value}`),
        );
        if (below(5) === 0) {
          await log.roll();
          sealed[0] = written[0]?.length ?? 0;
          sealed[1] = written[1]?.length ?? 0;
        }
        if (below(6) > 0) continue;
        const { failed } = await maintenance.runOnce();
        expect(failed).toEqual([]);
        for (const p of [0, 1]) {
          const all = written[p] ?? [];
          const contents = await log.contents(p);
          expect(tableOf(contents)).toEqual(tableOf(all));
          const cleaned = new Set(contents);
          expect(all.filter((line) => cleaned.has(line))).toEqual(contents);
          expect(
            contents.filter((line) => all.indexOf(line) >= (sealed[p] ?? 0)),
          ).toEqual(all.slice(sealed[p]));
        }
      }
      await log.roll();
      await alterTopic(db, log.topic.name, {
        set: { 'min.cleanable.dirty.ratio': 0 },
      });
      await maintenance.runOnce();
      for (const p of [0, 1]) {
        const wanted = lastOfEachKey(written[p] ?? []);
        const contents = await log.contents(p);
        const tombstones = (line: string) => !line.endsWith('=null');
        expect(contents.filter(tombstones)).toEqual(wanted.filter(tombstones));
        expect(wanted).toEqual(expect.arrayContaining(contents));
      }
      expect(await existingLeaves(db, log.topic.number)).toEqual(
        [...(await log.leaves())].sort(),
      );
    },
  );
});
