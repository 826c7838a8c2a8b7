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
import { useDatabase } from '#testing';
import { append } from './append.js';
import { Catalogue } from './catalogue.js';
import { firstTimestamps } from './first-timestamps.js';
import { newTopic } from './fixtures/batches.js';
import { numberedBatch } from './fixtures/numbered-batch.js';
import { rollSegment } from './roll-segment.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
let db: Database;

beforeEach(() => {
  db = database.open();
});

/** A batch of three records, 1 ms apart. */
async function appendAtTime(
  topic: string,
  timestamp: number,
  partition = 0,
): Promise<void> {
  const batch = numberedBatch(3, { timestamp });
  await append(db, new Catalogue(db), [{ topic, partition, batch }]);
}

async function timestampsFrom(
  topic: string,
  offsets: readonly bigint[],
): Promise<(number | null | string)[]> {
  const requests = offsets.map((offset) => ({ topic, partition: 0, offset }));
  const found = await firstTimestamps(db, new Catalogue(db), requests);
  return found.map(({ timestamp, error }) => error?.code ?? timestamp);
}

describe('firstTimestamps', () => {
  it('tells it at the begin of a batch, inside of one, over segments, and none behind the end', async () => {
    const { name } = await newTopic(db);
    await appendAtTime(name, 1_000);
    await appendAtTime(name, 2_000);
    await rollSegment(db, name);
    await rollSegment(db, name);
    await appendAtTime(name, 3_000);
    const offsets = [0n, 1n, 2n, 3n, 5n, 6n, 8n, 9n];
    expect(await timestampsFrom(name, offsets)).toEqual([
      1_000,
      1_001,
      1_002,
      2_000,
      2_002,
      3_000,
      3_002,
      null,
    ]);
  });

  it('takes the append time where the topic stamps that', async () => {
    const config = { 'message.timestamp.type': 'LogAppendTime' };
    const { name } = await newTopic(db, 1, config);
    const before = Date.now();
    await appendAtTime(name, 1_000);
    const [first, second] = await timestampsFrom(name, [0n, 1n]);
    expect(first).toBe(second);
    expect(first).toBeGreaterThan(before - 60_000);
  });

  it('says which batch is corrupt, and answers the others', async () => {
    const { name, leaf } = await newTopic(db);
    await appendAtTime(name, 1_000);
    await appendAtTime(name, 2_000);
    await db.query(
      `update ${db.schema}.${leaf} set batch = set_byte(batch, 70, get_byte(batch, 70) # 255) where base_offset = 0`,
    );
    expect(await timestampsFrom(name, [1n, 3n])).toEqual([
      'CORRUPT_MESSAGE',
      2_000,
    ]);
  });

  it('passes over what is missing in a log with gaps', async () => {
    const { name, leaf } = await newTopic(db);
    await appendAtTime(name, 1_000);
    await appendAtTime(name, 2_000);
    await appendAtTime(name, 3_000);
    await db.query(
      `delete from ${db.schema}.${leaf} where base_offset in (0, 3)`,
    );
    expect(await timestampsFrom(name, [0n, 4n])).toEqual([3_000, 3_000]);
  });

  it('refuses a topic that is not there', async () => {
    await expect(timestampsFrom('nowhere', [0n])).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
  });
});
