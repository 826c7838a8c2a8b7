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
import { readLog, useDatabase } from '#testing';
import { discardOutbox } from './discard-outbox.js';
import { parcels, PostOffice } from './fixtures/post-office.js';
import { listOutbox } from './list-outbox.js';
import { retryParked } from './retry-parked.js';
import { skipParked } from './skip-parked.js';
import type { DiscardedEvent } from './waiting-event.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
let db: Database;
let office: PostOffice;

beforeEach(async () => {
  db = database.open();
  office = await PostOffice.open(db);
  await db.query(
    'truncate postamt.outbox_events, postamt.outbox_cursors, postamt.outbox_batches, postamt.outbox_delayed, postamt.outbox_parked, postamt.outbox_parked_keys',
  );
});

const idsOf = (events: readonly { readonly eventId: string }[]) =>
  events.map(({ eventId }) => eventId);

/** Makes everything look as if it had come here from another server. */
async function restore(): Promise<void> {
  for (const table of ['outbox_events', 'outbox_cursors', 'outbox_batches'])
    await db.query(`update postamt.${table} set incarnation = 7`);
}

async function published(topic: string): Promise<string[]> {
  const log = await readLog(db, topic);
  return log.map(({ headers }) => String(headers[0]?.value));
}

describe('retryParked', () => {
  it('has a key tried at once that is mended, with all that waits behind it, in order', async () => {
    const ids = [
      await office.bad({ key: 'a' }),
      await office.good({ key: 'a' }),
    ];
    await office.move();
    await office.widen();
    await office.move();
    expect(await office.statuses()).toEqual({
      [ids[0] as string]: 'PARKED',
      [ids[1] as string]: 'PARKED',
    });
    const tried = await retryParked(db, { key: 'a' });
    expect(tried).toEqual([
      expect.objectContaining({
        eventId: ids[0],
        topic: 'letters',
        key: Buffer.from('a'),
        status: 'PARKED',
        code: 'MESSAGE_TOO_LARGE',
      }),
    ]);
    await office.move();
    expect((await published('letters')).slice(-2)).toEqual(ids);
  });

  it('begins to count anew with a key that failed for good, and leaves what was not meant', async () => {
    const failed = await office.bad({ key: 'a' });
    await office.move(1);
    const parked = await office.bad({ key: 'b' });
    await office.move(3);
    expect(idsOf(await retryParked(db, { status: 'FAILED' }))).toEqual([
      failed,
    ]);
    const events = await listOutbox(db);
    expect(events).toMatchObject([
      { eventId: failed, status: 'PARKED', attempts: 0 },
      { eventId: parked, status: 'PARKED', attempts: 1 },
    ]);
    await office.move(3);
    expect(await listOutbox(db, { eventId: failed })).toMatchObject([
      { status: 'PARKED', attempts: 1 },
    ]);
  });

  it('says what it would do and does nothing, when asked to', async () => {
    const id = await office.bad();
    await office.move();
    const before = await db.query('select * from postamt.outbox_parked_keys');
    expect(idsOf(await retryParked(db, {}, { dryRun: true }))).toEqual([id]);
    const after = await db.query('select * from postamt.outbox_parked_keys');
    expect(after.rows).toEqual(before.rows);
  });

  it('refuses an event that waits behind no failure, and says how it is', async () => {
    const pending = await office.good();
    await expect(retryParked(db, { eventId: pending })).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      message: expect.stringContaining('is PENDING'),
    });
    await office.move();
    await expect(retryParked(db, { eventId: pending })).rejects.toThrow(
      /is PUBLISHED in letters-\d/,
    );
    await expect(retryParked(db, { eventId: 'no' })).rejects.toMatchObject({
      code: 'INVALID_VALUE',
    });
    await expect(retryParked(db, { topic: 'no' })).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
  });
});

describe('skipParked', () => {
  it('discards the one that failed, and has the rest of its key tried at once', async () => {
    const bad = await office.bad({ key: 'a' });
    const good = await office.good({ key: 'a' });
    const other = await office.bad({ key: 'b' });
    await office.move(1);
    expect(idsOf(await skipParked(db, { key: 'a', status: 'FAILED' }))).toEqual(
      [bad],
    );
    await office.move(1);
    expect(await office.statuses()).toEqual({
      [bad]: 'DISCARDED',
      [good]: 'PUBLISHED',
      [other]: 'FAILED',
    });
    const { rows } = await db.query(
      'select key from postamt.outbox_parked_keys',
    );
    expect(rows).toEqual([{ key: Buffer.from('b') }]);
  });

  it('discards one event when it is called twice in a row, also at the same time', async () => {
    const bad = await office.bad({ key: 'a' });
    const next = await office.bad({ key: 'a' });
    await office.move();
    const both = await Promise.all([
      skipParked(db, { key: 'a' }),
      skipParked(db, { key: 'a' }),
    ]);
    expect(both.flatMap(idsOf)).toEqual([bad]);
    expect(await skipParked(db, { key: 'a' })).toEqual([]);
    await office.move();
    expect(idsOf(await skipParked(db, { key: 'a' }))).toEqual([next]);
    expect(await office.statuses()).toEqual({
      [bad]: 'DISCARDED',
      [next]: 'DISCARDED',
    });
  });

  it('refuses an event that waits behind another one of its key', async () => {
    await office.bad({ key: 'a' });
    const behind = await office.good({ key: 'a' });
    await office.move();
    await expect(skipParked(db, { eventId: behind })).rejects.toMatchObject({
      code: 'KEY_PARKED',
    });
  });
});

describe('discardOutbox', () => {
  it('discards what waits of a key: what failed, what follows it, what is delayed', async () => {
    const ids = [
      await office.bad({ key: 'a' }),
      await office.good({ key: 'a' }),
      await office.good({ key: 'a', deliverAfterMs: 3_600_000 }),
    ];
    const others = [
      await office.good({ key: 'b', deliverAfterMs: 3_600_000 }),
      await office.bad({ key: 'a' }, parcels),
    ];
    await office.move();
    const kept: DiscardedEvent[] = [];
    const keep = async (events: readonly DiscardedEvent[]) => {
      kept.push(...events);
    };
    const gone = await discardOutbox(
      db,
      { key: Buffer.from('a'), topic: 'letters' },
      { keep, by: 'spec' },
    );
    expect(gone.map(({ eventId, status }) => [eventId, status])).toEqual([
      [ids[0], 'PARKED'],
      [ids[1], 'PARKED'],
      [ids[2], 'DELAYED'],
    ]);
    expect(kept.map(({ value }) => value?.length)).toEqual([5_007, 10, 10]);
    await office.widen();
    await office.move();
    expect(await office.statuses()).toEqual({
      ...Object.fromEntries(ids.map((id) => [id, 'DISCARDED'])),
      [others[0] as string]: 'DELAYED',
      [others[1] as string]: 'PARKED',
    });
    const { rows } = await db.query(
      'select distinct relay from postamt.outbox_batches where partition_index = -1',
    );
    expect(rows).toEqual([{ relay: 'spec' }]);
  });

  it('lets a key flow again when what failed is discarded by its id, and takes one from the middle', async () => {
    const [bad, middle, last] = [
      await office.bad({ key: 'a' }),
      await office.good({ key: 'a' }),
      await office.good({ key: 'a' }),
    ];
    await office.move(1);
    await discardOutbox(db, { eventId: middle });
    await office.move(1);
    expect(await office.statuses()).toMatchObject({
      [bad]: 'FAILED',
      [last]: 'PARKED',
    });
    await discardOutbox(db, { eventId: bad.toUpperCase() });
    await office.move(1);
    expect(await office.statuses()).toEqual({
      [bad]: 'DISCARDED',
      [middle]: 'DISCARDED',
      [last]: 'PUBLISHED',
    });
    await expect(discardOutbox(db, { eventId: bad })).rejects.toThrow(
      'is DISCARDED already',
    );
  });

  it('discards what is FAILED of each key once, whatever comes to its head', async () => {
    const first = await office.bad({ key: 'a' });
    const second = await office.bad({ key: 'a' });
    await office.move(1);
    const gone = await discardOutbox(db, { status: 'FAILED' });
    expect(idsOf(gone)).toEqual([first]);
    await office.move(1);
    expect(await office.statuses()).toMatchObject({ [second]: 'FAILED' });
  });

  it('refuses what a relay may be moving', async () => {
    const pending = await office.good();
    await expect(discardOutbox(db, { eventId: pending })).rejects.toMatchObject(
      {
        code: 'INVALID_VALUE',
        message: expect.stringContaining('is PENDING'),
      },
    );
    expect(await discardOutbox(db)).toEqual([]);
  });

  it('discards nothing where what was to be kept could not be', async () => {
    const id = await office.bad();
    await office.move();
    const full = () => Promise.reject(new Error('no space left'));
    await expect(discardOutbox(db, {}, { keep: full })).rejects.toThrow(
      'no space left',
    );
    expect(await office.statuses()).toEqual({ [id]: 'PARKED' });
  });

  it('works in pages, stops at its limit, and finds what a topic left behind that is gone', async () => {
    const keys = Array.from({ length: 2_500 }, () => ({ key: 'one key' }));
    const ids = await office.publishAll(keys, true);
    await office.narrow();
    await office.move();
    const first = await discardOutbox(db, {}, { limit: 3 });
    expect(idsOf(first)).toEqual(ids.slice(0, 3));
    await office.move();
    const { rows } = await db.query(
      "select number from postamt.topics where name = 'letters'",
    );
    const topicNumber = rows[0]?.number as number;
    const rest = await discardOutbox(db, { topicNumber });
    expect(idsOf(rest)).toEqual(ids.slice(3));
    const left = await db.query(
      'select from postamt.outbox_parked union all select from postamt.outbox_parked_keys',
    );
    expect(left.rows).toEqual([]);
  });

  it('keeps what a restore brings back from being published', async () => {
    const id = await office.bad({ key: 'a' });
    const late = await office.good({ deliverAfterMs: 3_600_000 });
    await office.move();
    await discardOutbox(db, { eventId: late });
    await restore();
    await discardOutbox(db, { eventId: id });
    await office.widen();
    await office.move();
    const log = [...(await published('letters'))];
    expect(log).not.toContain(id);
    expect(log).not.toContain(late);
  });

  it('goes on from the cursor of another server without taking its place', async () => {
    await office.bad({ key: 'a' });
    const behind = await office.good({ key: 'a' });
    await office.move(1);
    const foreign = await office.good({ key: 'a' });
    await restore();
    await skipParked(db, { key: 'a' });
    const { rows } = await db.query(
      'select distinct incarnation from postamt.outbox_cursors',
    );
    expect(rows).toEqual([{ incarnation: '7' }]);
    await office.move();
    expect((await published('letters')).slice(-2)).toEqual([behind, foreign]);
  });
});
