import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import type { Database } from '#postgres';
import { useDatabase } from '#testing';
import { append } from './append.js';
import { Catalogue } from './catalogue.js';
import { deleteTopic } from './delete-topic.js';
import { fetch } from './fetch.js';
import { numberedBatch } from './fixtures/numbered-batch.js';
import { fetchOne, segmented } from './fixtures/segmented.js';
import { rollSegment } from './roll-segment.js';
import type { Topic } from './topic.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

/** The base offsets of each fetch from the start to the end. */
async function pages(
  db: Database,
  topic: Topic,
  catalogue = new Catalogue(db),
): Promise<bigint[][]> {
  const read: bigint[][] = [];
  for (let offset = 0n; ;) {
    const page = await fetchOne(db, catalogue, { topic: topic.name, offset });
    if (page.error) throw page.error;
    if (page.nextOffset === offset) return read;
    offset = page.nextOffset;
    read.push(page.batches.map(({ baseOffset }) => baseOffset));
  }
}

/** How many statements `act` sends. */
async function statementsOf(
  db: Database,
  act: () => Promise<unknown>,
): Promise<number> {
  let count = 0;
  const counted = ['run', 'copyOut', 'query'] as const;
  const originals = counted.map((name) => db[name]);
  for (const [n, name] of counted.entries())
    Object.defineProperty(db, name, {
      configurable: true,
      value: (...given: unknown[]) => {
        count += 1;
        return (originals[n] as (...args: unknown[]) => unknown).apply(
          db,
          given,
        );
      },
    });
  await act();
  for (const name of counted) Reflect.deleteProperty(db, name);
  return count;
}

describe('fetch over several segments', () => {
  it('goes from each sealed segment on to the next one, past those with nothing in them', async () => {
    const db = database.open();
    const topic = await segmented(db, [[2, 3], [], [4], [], [], [1]]);
    expect(await pages(db, topic)).toEqual([[0n, 2n], [5n], [9n]]);
    const catalogue = new Catalogue(db);
    expect(
      await fetchOne(db, catalogue, { topic: topic.name, offset: 10n }),
    ).toMatchObject({ batches: [], logEndOffset: 10n });
    expect(
      await fetchOne(db, catalogue, { topic: topic.name, offset: 6n }),
    ).toMatchObject({ batches: [{ baseOffset: 5n }], logEndOffset: 10n });
    expect(
      await fetchOne(db, catalogue, { topic: topic.name, partition: 1 }),
    ).toMatchObject({ batches: [], logEndOffset: 0n });
  });

  it('reads positions in different segments in one snapshot', async () => {
    const db = database.open();
    const topic = await segmented(db, [[2], [3], [4]]);
    const requests = [7n, 0n, 9n, 2n].map((offset) => ({
      topic: topic.name,
      partition: 0,
      offset,
    }));
    const read = await fetch(db, new Catalogue(db), requests);
    expect(
      read.map(({ batches }) => batches.map(({ baseOffset }) => baseOffset)),
    ).toEqual([[5n], [0n], [], [2n]]);
  });

  it('takes one statement a fetch while it reads on in a sealed segment', async () => {
    const db = database.open();
    const topic = await segmented(db, [[1, 1, 1, 1, 1], [1]]);
    const catalogue = new Catalogue(db);
    const at = (offset: bigint) =>
      fetchOne(db, catalogue, { topic: topic.name, offset, maxBytes: 1 });
    await at(0n);
    for (const offset of [1n, 2n, 3n, 4n])
      expect(await statementsOf(db, () => at(offset))).toBe(1);
    expect(await statementsOf(db, () => at(5n))).toBe(1);
  });

  it('notices a roll when there is nothing to read, and when there is', async () => {
    const db = database.open();
    const topic = await segmented(db, [[2]]);
    const { name } = topic;
    const catalogue = new Catalogue(db);
    await fetchOne(db, catalogue, { topic: name, offset: 2n });
    await rollSegment(db, name);
    await append(db, new Catalogue(db), [
      { topic: name, partition: 0, batch: numberedBatch(3) },
    ]);
    expect(
      await fetchOne(db, catalogue, { topic: name, offset: 2n }),
    ).toMatchObject({ batches: [{ baseOffset: 2n }], logEndOffset: 5n });
    await rollSegment(db, name);
    expect(
      await fetchOne(db, catalogue, { topic: name, offset: 0n }),
    ).toMatchObject({ batches: [{ baseOffset: 0n }], logEndOffset: 5n });
    expect(
      await fetchOne(db, catalogue, { topic: name, offset: 6n }),
    ).toMatchObject({ error: { code: 'OFFSET_OUT_OF_RANGE' } });
  });

  it('reads what compaction has swapped in for a leaf, while it reads', async () => {
    const db = database.open();
    const topic = await segmented(db, [[2, 2], [1]]);
    const catalogue = new Catalogue(db);
    await fetchOne(db, catalogue, { topic: topic.name, maxBytes: 1 });
    await db.query(
      `create table postamt.${topic.leaf}_c1 (like postamt.${topic.leaf} including all)`,
    );
    await db.query(
      `insert into postamt.${topic.leaf}_c1 select * from postamt.${topic.leaf} where base_offset = 2`,
    );
    await db.query(
      `update postamt.segments set leaf = leaf || '_c1', has_gaps = true where topic_number = $1 and number = 0`,
      [topic.number],
    );
    const swapped = { batches: [{ baseOffset: 2n }], logEndOffset: 5n };
    const ask = () => fetchOne(db, catalogue, { topic: topic.name });
    expect(await ask()).toMatchObject(swapped);
    await db.query(`drop table postamt.${topic.leaf}`);
    expect(await ask()).toMatchObject(swapped);
    expect(await pages(db, topic)).toEqual([[2n], [4n]]);
  });

  it('finds the next leaf after the one that it knew was dropped', async () => {
    const db = database.open();
    const topic = await segmented(db, [[2, 2], [1]]);
    const catalogue = new Catalogue(db);
    await fetchOne(db, catalogue, { topic: topic.name, maxBytes: 1 });
    await db.query(
      `alter table postamt.${topic.leaf} rename to ${topic.leaf}_c1`,
    );
    await db.query(
      `update postamt.segments set leaf = leaf || '_c1' where topic_number = $1 and number = 0`,
      [topic.number],
    );
    expect(await pages(db, topic, catalogue)).toEqual([[0n, 2n], [4n]]);
  });

  it('passes over what compaction took out, also at the end of a segment, and over nothing else', async () => {
    const db = database.open();
    const topic = await segmented(db, [[1, 1, 1, 1], [1, 1], [1]]);
    const without = (leaf: string, offsets: string) =>
      db.query(`delete from postamt.${leaf} where base_offset in (${offsets})`);
    await without(topic.leaf, '1, 3');
    await expect(pages(db, topic)).rejects.toMatchObject({ code: 'LOG_HOLE' });
    const gaps = (number: number) =>
      db.query(
        `update postamt.segments set has_gaps = true where topic_number = $1 and number = $2`,
        [topic.number, number],
      );
    await gaps(0);
    expect(await pages(db, topic)).toEqual([[0n, 2n], [4n, 5n], [6n]]);
    // Gaps of a segment excuse nothing in the one before it.
    await gaps(2);
    await without(`log_${topic.number}_1`, '5');
    await expect(pages(db, topic)).rejects.toMatchObject({
      code: 'LOG_HOLE',
      message: expect.stringContaining('lacks the offsets 5 to 5'),
    });
    await without(`log_${topic.number}_1`, '4, 5');
    await gaps(1);
    expect(await pages(db, topic)).toEqual([[0n, 2n], [6n]]);
  });

  it('refuses what lies below the log start offset, while the leaf still exists and after', async () => {
    const db = database.open();
    const topic = await segmented(db, [[2], [2]]);
    const catalogue = new Catalogue(db);
    const ask = (offset: bigint) =>
      fetchOne(db, catalogue, { topic: topic.name, offset });
    await ask(0n);
    await db.query(
      'update postamt.partitions set log_start_offset = 2 where id = $1',
      [topic.partitions[0]?.id],
    );
    const refused = {
      error: {
        code: 'OFFSET_OUT_OF_RANGE',
        message: expect.stringContaining('it has 2 to 4'),
      },
    };
    expect(await ask(0n)).toMatchObject(refused);
    await db.query(
      'delete from postamt.segment_partitions where topic_number = $1 and segment_number = 0',
      [topic.number],
    );
    await db.query(
      'delete from postamt.segments where topic_number = $1 and number = 0',
      [topic.number],
    );
    await db.query(`drop table postamt.${topic.leaf}`);
    expect(await ask(1n)).toMatchObject(refused);
    expect(await ask(2n)).toMatchObject({ batches: [{ baseOffset: 2n }] });
  });

  it('says that a deleted topic is gone', async () => {
    const db = database.open();
    const topic = await segmented(db, [[2], [2]]);
    const catalogue = new Catalogue(db);
    await fetchOne(db, catalogue, { topic: topic.name });
    await deleteTopic(db, topic.name);
    expect(await fetchOne(db, catalogue, { topic: topic.name })).toMatchObject({
      error: { code: 'UNKNOWN_TOPIC_OR_PARTITION' },
    });
  });
});
