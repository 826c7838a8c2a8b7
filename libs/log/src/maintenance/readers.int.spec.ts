import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Database } from '#postgres';
import { decodeRecordBatch } from '#records';
import { useDatabase } from '#testing';
import { Catalogue } from '../catalogue.js';
import { fetch } from '../fetch.js';
import { SegmentedTopic, type Written } from './fixtures/segmented-topic.js';
import { LogMaintenance } from './log-maintenance.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

interface Seen {
  readonly offset: bigint;
  readonly key: string;
  readonly value: string | undefined;
}

/** One reader of a topic, which keeps what it knows of it between its readings. */
class Reader {
  readonly #db: Database;
  readonly #catalogue: Catalogue;
  readonly #topic: string;

  constructor(db: Database, topic: string) {
    this.#db = db;
    this.#catalogue = new Catalogue(db);
    this.#topic = topic;
  }

  /**
   * Reads from an offset to the end, in small steps. Where the log begins behind the offset by now, it goes on there and
   * says so.
   */
  async readAll(from: bigint): Promise<{ seen: Seen[]; resets: bigint[] }> {
    const seen: Seen[] = [];
    const resets: bigint[] = [];
    let offset = from;
    for (;;) {
      const request = { topic: this.#topic, partition: 0, offset, maxBytes: 1 };
      const [answer] = await fetch(this.#db, this.#catalogue, [request]);
      if (answer?.error?.code === 'OFFSET_OUT_OF_RANGE') {
        offset = answer.logStartOffset;
        resets.push(offset);
        continue;
      }
      if (!answer || answer.error)
        throw answer?.error ?? new Error('no answer');
      for (const { bytes } of answer.batches)
        seen.push(...recordsOf(bytes, offset));
      if (answer.nextOffset >= answer.logEndOffset) return { seen, resets };
      offset = answer.nextOffset;
    }
  }
}

function recordsOf(batch: Buffer, from: bigint): Seen[] {
  return decodeRecordBatch(batch)
    .records.filter(({ offset }) => offset >= from)
    .map(({ offset, key, value }) => ({
      offset,
      key: String(key),
      value: value === null ? undefined : String(value),
    }));
}

/** A database in which something happens once, between two statements of a fetch. */
class InterruptedDatabase extends Database {
  interrupt: (() => Promise<void>) | undefined;

  override run: Database['run'] = async (statement, values) => {
    const act = statement.name === 'find_segments' ? this.interrupt : undefined;
    // Only where it looks for the segment behind one that it is done with.
    const isBehind = JSON.stringify(values[2]) === '[0]';
    if (act && isBehind) {
      this.interrupt = undefined;
      await act();
    }
    return super.run(statement, values);
  };
}

/** Runs `work` again and again until `main` is done. */
async function during(
  main: () => Promise<void>,
  ...work: (() => Promise<void>)[]
): Promise<void> {
  const done = new AbortController();
  const again = async (act: () => Promise<void>) => {
    while (!done.signal.aborted) await act();
  };
  const running = Promise.all(work.map(again));
  await main().finally(() => done.abort());
  await running;
}

describe('Readers', () => {
  it('see no gap while segments are dropped and appends go on', async () => {
    const db = database.open();
    const config = { 'retention.topic.bytes': 150_000, 'retention.ms': -1 };
    const log = await SegmentedTopic.create(db, config);
    const maintenance = new LogMaintenance(db);
    let next = 0;
    const appendSome = async () => {
      for (let n = 0; n < 3; n += 1, next += 1)
        await log.append([[`k${next}`, 'x'.repeat(9_000)]]);
    };
    await appendSome();
    let readings = 0;
    const reader = new Reader(database.open(), log.topic.name);
    const read = async () => {
      const { seen, resets } = await reader.readAll(0n);
      const first = resets.at(-1) ?? 0n;
      const offsets = seen.filter(({ offset }) => offset >= first);
      expect(offsets.map(({ offset }) => offset)).toEqual(
        offsets.map((_, n) => first + BigInt(n)),
      );
      expect(seen.map(({ key }) => key)).toEqual(
        seen.map(({ offset }) => `k${offset}`),
      );
      readings += 1;
    };
    let dropped = 0;
    await during(
      async () => {
        for (let round = 0; round < 12; round += 1) {
          await log.roll();
          const report = await maintenance.runOnce();
          expect(report.failed).toEqual([]);
          dropped += report.droppedLeaves.length;
        }
      },
      appendSome,
      read,
    );
    expect(dropped).toBeGreaterThan(3);
    expect(readings).toBeGreaterThan(3);
  });

  it('end up with the right values while segments are compacted and appends go on', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db, {
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': 0,
    });
    const maintenance = new LogMaintenance(db);
    const history: Seen[] = [];
    const append = async () => {
      const key = `k${history.length % 7}`;
      const value = `v${history.length}`;
      const offset = await log.append([[key, value]]);
      history.push({ offset, key, value });
    };
    await append();
    const reader = new Reader(database.open(), log.topic.name);
    let readings = 0;
    const read = async () => {
      const atLeast = history.length;
      const { seen, resets } = await reader.readAll(0n);
      expect(resets).toEqual([]);
      expect(seen).toEqual(seen.map(({ offset }) => history[Number(offset)]));
      const table = new Map(seen.map((each) => [each.key, each.offset]));
      for (const { key, offset } of history.slice(0, atLeast))
        expect(table.get(key)).toBeGreaterThanOrEqual(offset);
      readings += 1;
    };
    let compacted = 0;
    await during(async () => {
      for (let round = 0; round < 12; round += 1) {
        const wanted = history.length + 5;
        while (history.length < wanted) await append();
        await log.roll();
        const report = await maintenance.runOnce();
        expect(report.failed).toEqual([]);
        compacted += report.topics.flatMap((topic) => topic.compacted).length;
      }
    }, read);
    expect(compacted).toBeGreaterThan(5);
    expect(readings).toBeGreaterThan(3);
    const { seen } = await reader.readAll(0n);
    expect(seen.length).toBe(7);
  });

  it('between two segments that are merged at that moment step over nothing', async () => {
    const db = database.open();
    const log = await SegmentedTopic.create(db, {
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': 0,
      'segment.bytes': 1_048_576,
    });
    const maintenance = new LogMaintenance(db);
    const large = randomBytes(360_000).toString('hex');
    const segments: Written[][] = [
      [
        ['a', large],
        ['b', '1'],
      ],
      [
        ['b', '2'],
        ['c', large],
      ],
      [
        ['a', '3'],
        ['c', '3'],
      ],
      [['d', '4']],
    ];
    for (const [number, records] of segments.entries()) {
      await log.append(records);
      await log.roll();
      if (number === 1 || number === 2) await maintenance.runOnce();
    }
    // The first one is empty now, and ends at offset 1; those behind it are to be merged with it.
    expect((await log.segments()).map(({ number }) => number)).toEqual([
      0, 2, 3, 4,
    ]);
    const { connectionString: connection } = database;
    const reading = new InterruptedDatabase({ connection });
    let interrupted = 0;
    reading.interrupt = async () => {
      await maintenance.runOnce();
      interrupted += 1;
    };
    const { seen } = await new Reader(reading, log.topic.name).readAll(1n);
    await reading.close();
    expect(interrupted).toBe(1);
    expect(await log.segments()).toHaveLength(2);
    expect(seen.map(({ offset, key }) => `${offset} ${key}`)).toEqual([
      '2 b',
      '4 a',
      '5 c',
      '6 d',
    ]);
  });
});
