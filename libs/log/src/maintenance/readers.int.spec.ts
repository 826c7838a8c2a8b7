import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import type { Database } from '#postgres';
import { decodeRecordBatch } from '#records';
import { useDatabase } from '#testing';
import { Catalogue } from '../catalogue.js';
import { fetch } from '../fetch.js';
import { SegmentedTopic } from './fixtures/segmented-topic.js';
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
});
