import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { isPostamtError } from '#kernel';
import { type EmbeddedPostgres } from '#postgres';
import {
  readLog,
  startTestServer,
  TestDatabase,
  useDatabase,
  waitFor,
} from '#testing';
import {
  failureOf,
  leafOf,
  partitionIds,
  valuesByPartition,
} from './fixtures/log-contents.js';
import { SpawnedProcess } from './fixtures/spawned-process.js';
import { Producer } from './producer.js';
import { rawTopic } from './raw-topic.js';

const textTopic = (name: string, partitions = 1) =>
  rawTopic(name, {
    partitions,
    valueSerializer: (value: string) => Buffer.from(value),
  });

describe('A producer whose process is killed', () => {
  const database = useDatabase({ beforeAll, afterEach, afterAll });

  it('leaves each record once, nothing missing before what was acknowledged', async () => {
    const db = database.open();
    const child = new SpawnedProcess('producing-process.ts', [
      database.connectionString,
      'killed',
    ]);
    try {
      await waitFor('2,000 acknowledgements', () => child.lines.length > 2_000);
    } finally {
      await child.kill();
    }
    expect(child.errors).toBe('');
    await waitFor('its sessions to be gone', async () => {
      const { rows } = await db.query(
        `select 1 from pg_stat_activity where application_name = 'killed'`,
      );
      return rows.length === 0;
    });
    const values = (await valuesByPartition(db, 'killed')).flat();
    const there = new Set(values);
    expect(there.size).toBe(values.length);
    expect(child.lines.filter((n) => !there.has(n))).toEqual([]);
  });
});

describe('A producer whose calls are held up', () => {
  const database = useDatabase({ beforeAll, afterEach, afterAll });

  it('does not know what became of a request without an answer, and says so at its deadline', async () => {
    const db = database.open();
    const topic = textTopic('unanswered', 2);
    const producer = await Producer.open(db, [topic], {
      requestTimeoutMs: 200,
      deliveryTimeoutMs: 1_500,
    });
    await producer.send(topic, { value: 'before', partition: 0 });
    const [held] = await partitionIds(db, 'unanswered');
    await db.transaction(async (holder) => {
      await holder.lock('partition', [held as number]);
      const records = ['a', 'b'].map((value) => ({ value, partition: 0 }));
      expect(await failureOf(producer.send(topic, records))).toMatchObject({
        code: 'OUTCOME_UNKNOWN',
        message: expect.stringMatching(
          /^2 records for unanswered-0 may have been written or not: 1500 ms have passed \(deliveryTimeoutMs\)/,
        ),
      });
    });
    await producer.send(topic, { value: 'c', partition: 0 });
    expect(await valuesByPartition(db, 'unanswered')).toEqual([
      ['before', 'a', 'b', 'c'],
    ]);
    await producer.close();
  });
});

describe('A producer whose Postgres is gone', () => {
  let server: EmbeddedPostgres;
  let database: TestDatabase;
  const text = textTopic('text', 2);

  beforeAll(async () => {
    server = await startTestServer();
    database = await TestDatabase.create(server.connectionString);
  });

  afterAll(async () => {
    await database.close();
    await server.stop();
  });

  it('waits for it, and writes once what it had, in order', async () => {
    const db = database.open();
    // Small batches: many wait behind the one that is retried.
    const producer = await Producer.open(db, [text], { batchSize: 300 });
    const acknowledged = new Set<string>();
    const sends: Promise<unknown>[] = [];
    const sendSome = (first: number) => {
      for (let n = first; n < first + 300; n += 1) {
        const record = { value: String(n), partition: n % 2 };
        const sending = producer.send(text, record);
        sends.push(sending.then(() => acknowledged.add(record.value)));
      }
    };
    sendSome(0);
    await waitFor('some to be written', () => acknowledged.size > 0);
    sendSome(300);
    await server.crash();
    sendSome(600);
    await waitFor('a retry', () => producer.metrics.retries > 0);
    await server.restart();
    await Promise.all(sends);
    await producer.close();
    const all = Array.from({ length: 900 }, (_, n) => String(n));
    expect(await valuesByPartition(db, 'text')).toEqual([
      all.filter((_, n) => n % 2 === 0),
      all.filter((_, n) => n % 2 === 1),
    ]);
    expect(producer.metrics).toMatchObject({
      recordsSent: 900,
      errors: 0,
      bufferedBytes: 0,
    });
  });

  it('gives up after deliveryTimeoutMs, naming the partition and how many records', async () => {
    const db = database.open();
    const options = { deliveryTimeoutMs: 1_500, retryBackoffMs: 10 };
    const producer = await Producer.open(db, [text], options);
    await producer.send(text, { value: 'warm' });
    await server.crash();
    try {
      const records = ['a', 'b', 'c'].map((value) => ({ value, partition: 1 }));
      const failure = await failureOf(producer.send(text, records));
      expect(failure).toMatchObject({
        code: 'TIMED_OUT',
        message: expect.stringMatching(
          /^3 records for text-1 could not be written: 1500 ms have passed \(deliveryTimeoutMs\); Postgres is out of reach/,
        ),
      });
      expect(producer.metrics.errors).toBe(3);
    } finally {
      await server.restart();
    }
    const [sent] = await producer.send(text, { value: 'again', partition: 1 });
    expect(sent?.partition).toBe(1);
    await producer.close();
  });

  it('closes at its deadline, and fails what is left', async () => {
    const db = database.open();
    const producer = await Producer.open(db, [text]);
    await producer.send(text, { value: 'warm' });
    await server.crash();
    try {
      const sends = [0, 1].map((partition) =>
        failureOf(producer.send(text, { value: 'lost', partition })),
      );
      await waitFor('a retry', () => producer.metrics.retries > 0);
      await producer.close(200);
      for (const failure of await Promise.all(sends))
        expect(
          isPostamtError(failure, 'CLOSED') ||
            isPostamtError(failure, 'OUTCOME_UNKNOWN'),
        ).toBe(true);
      expect(producer.metrics.bufferedBytes).toBe(0);
    } finally {
      await server.restart();
    }
    const log = await readLog(db, 'text');
    expect(log.filter(({ value }) => String(value) === 'lost')).toEqual([]);
  });

  it('leaves no promise behind that nobody hears', async () => {
    const child = new SpawnedProcess('forgetful-process.ts', [
      database.connectionString,
    ]);
    await waitFor('it to be open', () => child.lines.includes('open'));
    await server.crash();
    try {
      child.say('gone\n');
      expect(await child.ended).toBe(0);
      expect(child.lines).toEqual(['open', '50 failed']);
      expect(child.errors).toBe('');
    } finally {
      await server.restart();
    }
    expect(await leafOf(database.open(), 'forgotten')).toMatch(/log_/);
  });
});
