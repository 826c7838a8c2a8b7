import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { isPostamtError } from '#kernel';
import { append, Catalogue } from '#log';
import type { Database } from '#postgres';
import { encodeRecordBatch } from '#records';
import { useDatabase, waitFor } from '#testing';
import {
  failureOf,
  leafOf,
  valuesByPartition,
} from './fixtures/log-contents.js';
import { Producer } from './producer.js';
import type { ProducerOptions } from './producer-options.js';
import { rawTopic } from './raw-topic.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

/** As in docs/how-to/producer-guarantees.md. */
const AT_MOST_ONCE: ProducerOptions = { retries: 0 };
const AT_LEAST_ONCE: ProducerOptions = { acks: 1, enableIdempotence: false };
const EXACTLY_ONCE: ProducerOptions = {};

async function openProducer(name: string, options: ProducerOptions) {
  const topic = rawTopic(name, {
    partitions: 2,
    valueSerializer: (value: string) => Buffer.from(value),
  });
  const db = database.open({ applicationName: 'producer' });
  const quick = { retryBackoffMs: 1, retryBackoffMaxMs: 10, ...options };
  const producer = await Producer.open(db, [topic], quick);
  return { db, topic, producer };
}

/**
 * Has the next COMMIT that appends to the topic warn, as it does when the wait for a standby is cancelled: the batch
 * stands there, and its producer is told that nobody knows.
 */
async function warnOnce(db: Database, topic: string): Promise<void> {
  await db.query(`create table public.warned (topic text)`).catch(() => {});
  await db.query(
    `create or replace function public.warn_once() returns trigger language plpgsql as $$ begin
      if not exists (select from public.warned where topic = tg_table_name) then
        insert into public.warned values (tg_table_name);
        raise warning 'a standby did not answer';
      end if;
      return null;
    end $$`,
  );
  await db.query(
    `create constraint trigger warn_once after insert on ${await leafOf(db, topic)}
    deferrable initially deferred for each row execute function public.warn_once()`,
  );
}

/** Has one COMMIT in five that appends to the topic warn. */
async function warnSometimes(db: Database, topic: string): Promise<void> {
  await db.query(
    `create or replace function public.warn_sometimes() returns trigger language plpgsql as $$ begin
      if random() < 0.2 then raise warning 'a standby did not answer'; end if;
      return null;
    end $$`,
  );
  await db.query(
    `create constraint trigger warn_sometimes after insert on ${await leafOf(db, topic)}
    deferrable initially deferred for each row execute function public.warn_sometimes()`,
  );
}

/**
 * Sends numbers while sessions of the producer's are ended at any moment, and COMMITs say that nobody knows; resolves to
 * what became of each.
 */
async function produceUnderKills(
  { producer, topic }: Awaited<ReturnType<typeof openProducer>>,
  kills: number,
) {
  const admin = database.open();
  await warnSometimes(admin, topic.name);
  const acknowledged: string[] = [];
  const failed: unknown[] = [];
  let killed = 0;
  const enough = () => killed >= kills;
  const kill = async () => {
    while (!enough()) {
      await waitFor('some calls to have their answer', () => {
        return acknowledged.length + failed.length >= killed * 40;
      });
      const { rows } = await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'producer' and state <> 'idle' limit 1`,
      );
      killed += rows.length;
    }
  };
  let sent = 0;
  const send = async () => {
    while (!enough()) {
      const value = String((sent += 1));
      const record = { value, partition: sent % 2 };
      const failure = await failureOf(producer.send(topic, record));
      if (failure === undefined) acknowledged.push(value);
      else failed.push(failure);
    }
  };
  await Promise.all([kill(), ...Array.from({ length: 20 }, send)]);
  await producer.close();
  return { acknowledged, failed };
}

function duplicates(values: readonly string[]): number {
  return values.length - new Set(values).size;
}

describe('At most once', () => {
  it('does not send again what may be written, and says that nobody knows', async () => {
    const opened = await openProducer('most', AT_MOST_ONCE);
    const { db, topic, producer } = opened;
    await warnOnce(db, 'most');
    const failure = await failureOf(
      producer.send(topic, { value: 'a', partition: 0 }),
    );
    expect(failure).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      message: expect.stringMatching(/^1 record for most-0 .*did not answer/),
    });
    expect(producer.metrics).toMatchObject({ retries: 0, errors: 1 });
    expect(await valuesByPartition(db, 'most')).toEqual([['a']]);
    await producer.close();
  });

  it('writes nothing twice while sessions are killed', async () => {
    const opened = await openProducer('most-killed', AT_MOST_ONCE);
    const { acknowledged, failed } = await produceUnderKills(opened, 10);
    const db = database.open();
    const values = (await valuesByPartition(db, 'most-killed')).flat();
    expect(duplicates(values)).toBe(0);
    expect(acknowledged.filter((each) => !values.includes(each))).toEqual([]);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.every((each) => isPostamtError(each))).toBe(true);
  });
});

describe('At least once', () => {
  it('sends again what may be written, and may write it twice', async () => {
    const opened = await openProducer('least', AT_LEAST_ONCE);
    const { db, topic, producer } = opened;
    await warnOnce(db, 'least');
    const [sent] = await producer.send(topic, { value: 'a', partition: 0 });
    expect(sent?.offset).toBe(1n);
    expect(await valuesByPartition(db, 'least')).toEqual([['a', 'a']]);
    await producer.close();
  });

  it('loses nothing while sessions are killed', async () => {
    const opened = await openProducer('least-killed', AT_LEAST_ONCE);
    const { acknowledged, failed } = await produceUnderKills(opened, 10);
    const db = database.open();
    const values = (await valuesByPartition(db, 'least-killed')).flat();
    expect(failed).toEqual([]);
    expect(new Set(values)).toEqual(new Set(acknowledged));
    expect(duplicates(values)).toBeGreaterThan(0);
  });
});

describe('Exactly once', () => {
  it.each<ProducerOptions>([{ acks: 'all' }, { acks: 1 }])(
    'sends again what may be written, and hears where it stands, with %j',
    async (acks) => {
      const name = `exactly-${acks.acks}`;
      const opened = await openProducer(name, { ...EXACTLY_ONCE, ...acks });
      const { db, topic, producer } = opened;
      await producer.send(topic, { value: 'before', partition: 0 });
      await warnOnce(db, name);
      const [sent] = await producer.send(topic, { value: 'a', partition: 0 });
      expect(sent?.offset).toBe(1n);
      expect(producer.metrics.retries).toBe(1);
      await producer.send(topic, { value: 'b', partition: 0 });
      expect(await valuesByPartition(db, name)).toEqual([['before', 'a', 'b']]);
      await producer.close();
    },
  );

  it('loses nothing and writes nothing twice while sessions are killed', async () => {
    const opened = await openProducer('exactly-killed', EXACTLY_ONCE);
    const { acknowledged, failed } = await produceUnderKills(opened, 30);
    const db = database.open();
    const values = (await valuesByPartition(db, 'exactly-killed')).flat();
    expect(failed).toEqual([]);
    expect(duplicates(values)).toBe(0);
    expect(new Set(values)).toEqual(new Set(acknowledged));
    expect(opened.producer.metrics.retries).toBeGreaterThan(0);
  });

  it('hears nothing of it with acks 0, and loses nothing either', async () => {
    const opened = await openProducer('unheard', { acks: 0 });
    const { acknowledged } = await produceUnderKills(opened, 10);
    const db = database.open();
    const values = (await valuesByPartition(db, 'unheard')).flat();
    expect(duplicates(values)).toBe(0);
    expect(new Set(values)).toEqual(new Set(acknowledged));
  });

  it('goes on with another epoch behind a batch that it gave up', async () => {
    const opened = await openProducer('epochs', {
      deliveryTimeoutMs: 1_500,
      requestTimeoutMs: 200,
    });
    const { db, topic, producer } = opened;
    await producer.send(topic, { value: 'a', partition: 0 });
    const given = failureOf(stalled(opened));
    expect(await given).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    const [sent] = await producer.send(topic, { value: 'c', partition: 0 });
    expect(sent?.partition).toBe(0);
    const { rows } = await db.query(
      `select producer_epoch, base_sequence from ${await leafOf(db, 'epochs')}
      order by base_offset desc limit 1`,
    );
    expect(rows).toEqual([{ producer_epoch: 1, base_sequence: 0 }]);
    await producer.close();
  });
});

describe('A producer whose id somebody else goes on with', () => {
  it('takes another id, and writes what was refused', async () => {
    const opened = await openProducer('renewed', EXACTLY_ONCE);
    const { db, topic, producer } = opened;
    await producer.send(topic, { value: 'a', partition: 0 });
    const leaf = await leafOf(db, 'renewed');
    const ids = async () => {
      const { rows } = await db.query(
        `select producer_id from ${leaf} order by base_offset`,
      );
      return rows.map((row) => BigInt(row.producer_id as string));
    };
    const [producerId = -1n] = await ids();
    const batch = encodeRecordBatch(
      [{ timestamp: 0, key: null, value: Buffer.from('other') }],
      { producerId, producerEpoch: 1, baseSequence: 0 },
    );
    const request = { topic: 'renewed', partition: 0, batch };
    await append(db, new Catalogue(db), [request]);
    const [sent] = await producer.send(topic, { value: 'b', partition: 0 });
    expect(sent?.offset).toBe(2n);
    expect(producer.metrics).toMatchObject({ retries: 1, errors: 0 });
    const [, , renewed] = await ids();
    expect(renewed).not.toBe(producerId);
    await producer.close();
  });
});

/** A send that gets no answer before its delivery time-out, and is written when it has passed. */
async function stalled({
  topic,
  producer,
}: Awaited<ReturnType<typeof openProducer>>): Promise<unknown> {
  const holder = database.open();
  const leaf = await leafOf(holder, topic.name);
  let sending: Promise<unknown> | undefined;
  await holder.transaction(async (tx) => {
    await tx.query(`lock table ${leaf} in exclusive mode`);
    const out = producer.send(topic, { value: 'b', partition: 0 });
    sending = out;
    await failureOf(out);
  });
  await waitFor('the lock to be free', async () => {
    await holder.query(`select 1 from ${leaf} limit 1`);
    return true;
  });
  return sending;
}
