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
import { readLog, useDatabase, waitFor } from '#testing';
import { Relay } from '../relay/relay.js';
import { ALL_SHARDS } from '../shard.js';
import { readOutboxStatus } from '../status/outbox-status.js';
import { discardOutbox } from './discard-outbox.js';
import { PostOffice } from './fixtures/post-office.js';
import { retryParked } from './retry-parked.js';
import { skipParked } from './skip-parked.js';
import type { WaitingEvent } from './waiting-event.js';

const relays: Relay[] = [];

// Declared before the database's own hook, which looks for connections that are left.
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
});

const database = useDatabase({ beforeAll, afterEach, afterAll });
let db: Database;
let office: PostOffice;

beforeEach(async () => {
  db = database.open();
  office = await PostOffice.open(db);
});

const KEYS = Array.from({ length: 12 }, (_, n) => `key ${n}`);
const idsOf = (events: readonly WaitingEvent[]) =>
  events.map(({ eventId }) => eventId);

/** Relays that try failing keys all the time. */
function startRelays(): void {
  for (const id of ['one', 'two']) {
    const options = { id, retryBackoffMs: 1, retryBackoffMaxMs: 5 };
    const relay = new Relay(db, { ...options, maxAttempts: 3 });
    relays.push(relay);
    relay.start();
  }
}

async function settled(): Promise<void> {
  await waitFor('nothing to wait', async () => {
    const { pending, parked, failed, delayed } = await readOutboxStatus(db);
    return pending + parked + failed + delayed === 0;
  });
}

/** The ids in the log, of all that this file has published. */
async function published(): Promise<string[]> {
  const log = await readLog(db, 'letters');
  return log.map(({ headers }) => String(headers[0]?.value));
}

describe('operators and relays at once', () => {
  it('tries a key that a relay holds once the relay is through', async () => {
    const id = await office.bad({ key: 'held' });
    await office.move(1);
    await office.widen();
    const trying = await db.transaction(async (tx) => {
      await tx.lock('outboxShard', ALL_SHARDS);
      const tried = retryParked(db, { eventId: id });
      expect(await attempts()).toEqual([1]);
      return { tried };
    });
    expect(idsOf(await trying.tried)).toEqual([id]);
    await office.move();
    expect(await published()).toContain(id);
  });

  it('publishes once and in order what is retried while relays try it too', async () => {
    const sent = new Map<string, string[]>();
    for (const key of KEYS)
      sent.set(key, [
        ...(await office.publishAll([{ key }], true)),
        ...(await office.publishAll([{ key }, { key }], false)),
      ]);
    await office.narrow();
    startRelays();
    await waitFor('a key to fail', async () => {
      return (await readOutboxStatus(db)).failed > 0;
    });
    await office.widen();
    const retrying = Promise.all(
      Array.from({ length: 10 }, () => retryParked(db)),
    );
    await retrying;
    await waitFor('all to be moved', async () => {
      await retryParked(db);
      const { pending, parked, failed } = await readOutboxStatus(db);
      return pending + parked + failed === 0;
    });
    const all = await published();
    for (const ids of sent.values())
      expect(all.filter((id) => ids.includes(id))).toEqual(ids);
  });

  it('either publishes or discards a delayed event that comes due, and never both', async () => {
    startRelays();
    const dueAt = Date.now() + 300;
    const events = KEYS.flatMap((key) =>
      [0, 40, 80, 120].map((more) => ({ key, deliverAt: dueAt + more })),
    );
    const ids = await office.publishAll(events, false);
    const discarded: string[] = [];
    for (const key of [...KEYS, ...KEYS]) {
      const some = await discardOutbox(db, { key }, { limit: 1 });
      discarded.push(...idsOf(some));
    }
    await settled();
    const all = new Set(await published());
    expect(ids.filter((id) => !all.has(id)).sort()).toEqual(
      [...discarded].sort(),
    );
  });

  it('does what several operators want, each event once, whatever relays do meanwhile', async () => {
    const bad = await office.publishAll(
      KEYS.flatMap((key) => [{ key }, { key }]),
      true,
    );
    const good = await office.publishAll(
      KEYS.map((key) => ({ key })),
      false,
    );
    await office.narrow();
    startRelays();
    const gone: string[] = [];
    const operator = async () => {
      gone.push(...idsOf(await skipParked(db, { status: 'FAILED' })));
      await retryParked(db, {}, { limit: 3 });
      gone.push(...idsOf(await skipParked(db, {}, { limit: 2 })));
    };
    await waitFor('every bad event to be skipped', async () => {
      await Promise.all([operator(), operator()]);
      return gone.length >= bad.length;
    });
    await settled();
    expect([...gone].sort()).toEqual([...bad].sort());
    const all = await published();
    expect(all.filter((id) => good.includes(id)).sort()).toEqual(
      [...good].sort(),
    );
    const statuses = await office.statuses();
    expect(new Set(bad.map((id) => statuses[id]))).toEqual(
      new Set(['DISCARDED']),
    );
  });
});

async function attempts(): Promise<number[]> {
  const { rows } = await db.query(
    'select attempts from postamt.outbox_parked_keys',
  );
  return rows.map((row) => row.attempts as number);
}
