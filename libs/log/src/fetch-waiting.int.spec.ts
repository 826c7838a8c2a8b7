import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { useDatabase, waitFor } from '#testing';
import { append } from './append.js';
import { Catalogue } from './catalogue.js';
import { fetchWaiting } from './fetch-waiting.js';
import { newTopic } from './fixtures/batches.js';
import { numberedBatch } from './fixtures/numbered-batch.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const LONG_MS = 20_000;

describe('fetchWaiting', () => {
  it('answers when something is appended, by this process or another', async () => {
    const db = database.open();
    const elsewhere = database.open();
    const { name: topic } = await newTopic(db, 2);
    const catalogue = new Catalogue(db);
    const batch = numberedBatch(2);
    for (const writer of [db, elsewhere]) {
      const watch = db.wakeUps.watch([]);
      await waitFor('LISTEN to work', () => db.wakeUps.listening);
      const offset = writer === db ? 0n : 2n;
      const waiting = fetchWaiting(
        db,
        catalogue,
        [
          { topic, partition: 0, offset: 0n },
          { topic, partition: 1, offset },
        ],
        { maxWaitMs: LONG_MS },
      );
      await append(writer, new Catalogue(writer), [
        { topic, partition: 1, batch },
      ]);
      const [empty, filled] = await waiting;
      expect(empty?.batches).toEqual([]);
      expect(filled?.batches).toMatchObject([{ baseOffset: offset }]);
      watch.close();
    }
  });

  it('gathers until there are minBytes, each batch once', async () => {
    const db = database.open();
    const { name: topic } = await newTopic(db);
    const catalogue = new Catalogue(db);
    const batch = numberedBatch(1, { value: 'x'.repeat(400) });
    const put = () => append(db, catalogue, [{ topic, partition: 0, batch }]);
    await put();
    const waiting = fetchWaiting(
      db,
      catalogue,
      [{ topic, partition: 0, offset: 0n }],
      { minBytes: 1_000, maxWaitMs: LONG_MS },
    );
    await put();
    await put();
    const [read] = await waiting;
    expect(read?.batches.map(({ baseOffset }) => baseOffset)).toEqual([
      0n,
      1n,
      2n,
    ]);
  });

  it('answers with what there is when the time is over, or the signal aborts', async () => {
    const db = database.open();
    const { name: topic } = await newTopic(db);
    const catalogue = new Catalogue(db);
    const requests = [{ topic, partition: 0, offset: 0n }];
    const [late] = await fetchWaiting(db, catalogue, requests, {
      maxWaitMs: 1,
    });
    expect(late).toMatchObject({ batches: [], nextOffset: 0n });
    const giving = new AbortController();
    const waiting = fetchWaiting(db, catalogue, requests, {
      maxWaitMs: LONG_MS,
      signal: giving.signal,
    });
    giving.abort();
    expect(await waiting).toMatchObject([{ batches: [] }]);
  });

  it('answers at once when something is wrong with a partition', async () => {
    const db = database.open();
    const { name: topic } = await newTopic(db);
    const read = await fetchWaiting(
      db,
      new Catalogue(db),
      [
        { topic: 'no-such-topic', partition: 0, offset: 0n },
        { topic, partition: 0, offset: 9n },
        { topic, partition: 0, offset: 0n },
      ],
      { maxWaitMs: LONG_MS },
    );
    expect(read.map(({ error }) => error?.code)).toEqual([
      'UNKNOWN_TOPIC_OR_PARTITION',
      'OFFSET_OUT_OF_RANGE',
      undefined,
    ]);
  });
});
