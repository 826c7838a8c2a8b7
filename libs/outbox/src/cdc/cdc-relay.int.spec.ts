import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { alterTopic, Catalogue, deleteTopic } from '#log';
import {
  migrate,
  parseLsn,
  readSlot,
  type Database,
  type EmbeddedPostgres,
} from '#postgres';
import { defineTopic } from '#schemas';
import { readLog, startTestServer, TestDatabase, waitFor } from '#testing';
import { KnownSchemas } from '../move/known-schemas.js';
import { Outbox } from '../publish/outbox.js';
import { Relay } from '../relay/relay.js';
import { moveStreamed } from './cdc-move.js';
import { CdcRelay } from './cdc-relay.js';
import { CdcSession } from './cdc-session.js';
import { createCdcSlot, dropCdcSlot, readCdcStatus } from './cdc-slot.js';
import { NO_POSITION } from './sql/cdc-positions.js';

const SLOT = 'spec_outbox';
const letters = defineTopic('letters', { partitions: 3, value: 'string' });
let server: EmbeddedPostgres;
let database: TestDatabase;
let db: Database;
let outbox: Outbox;
const relays: { stop(): Promise<void> }[] = [];

async function startRelay(options: object = {}): Promise<CdcRelay> {
  const relay = new CdcRelay(db, {
    slot: SLOT,
    allowUnboundedWal: true,
    takeOverIntervalMs: 20,
    ...options,
  });
  relays.push(relay);
  await relay.start();
  return relay;
}

const publish = (key: string | null, value: string) =>
  db.transaction((tx) => outbox.publish(tx, letters, { key, value }));

/** The values of the log, without the Avro prefix, by partition and offset. */
async function values(): Promise<string[]> {
  const records = await readLog(db, letters.name);
  return records.map(({ value }) =>
    letters.valueCodec.decode(value?.subarray(5) ?? Buffer.alloc(0)),
  );
}

const inLog = (count: number) =>
  waitFor(`${count} records`, async () => (await values()).length >= count);

beforeAll(async () => {
  server = await startTestServer({ wal_level: 'logical' });
});
beforeEach(async () => {
  database = await TestDatabase.create(server.connectionString);
  db = database.open();
  await createCdcSlot(db, SLOT, { allowUnboundedWal: true });
  outbox = await Outbox.open(db, [letters], { cdc: { slot: SLOT } });
});
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  await waitFor('the slot', async () => !(await readSlot(db, SLOT))?.active);
  await dropCdcSlot(db, SLOT);
  await database.drop();
});
afterAll(async () => {
  await server.stop();
});

describe('CdcRelay', () => {
  it('moves what was committed, as it was published, and touches no table on the way', async () => {
    await startRelay();
    const [published] = await db.transaction((tx) =>
      outbox.publish(tx, letters, [
        { key: 'k', value: 'v', timestamp: 1_234, headers: { a: 'b' } },
        { key: null, value: null },
      ]),
    );
    await waitFor(
      'both',
      async () => (await readLog(db, letters.name)).length === 2,
    );
    const records = await readLog(db, letters.name);
    const full = records.find(({ key }) => key !== null);
    expect(full).toMatchObject({ timestamp: 1_234, key: Buffer.from('k') });
    expect(full?.headers.map(({ key, value }) => [key, String(value)])).toEqual(
      [
        ['id', published?.id],
        ['a', 'b'],
      ],
    );
    expect(records.find(({ key }) => key === null)?.value).toBeNull();
    const { rows } = await db.query('select from postamt.outbox_events');
    expect(rows).toHaveLength(0);
  });

  it('moves nothing of what was rolled back, whole or to a savepoint', async () => {
    await startRelay();
    await db
      .transaction(async (tx) => {
        await outbox.publish(tx, letters, { key: 'k', value: 'rolled back' });
        throw new Error('no');
      })
      .catch(() => {});
    await db.transaction(async (tx) => {
      await outbox.publish(tx, letters, { key: 'k', value: 'before' });
      await tx.query('savepoint s');
      await outbox.publish(tx, letters, { key: 'k', value: 'undone' });
      await tx.query('rollback to savepoint s');
      await outbox.publish(tx, letters, { key: 'k', value: 'after' });
    });
    await inLog(2);
    expect(await values()).toEqual(['before', 'after']);
  });

  it('has the order of the COMMITs, whatever was published first', async () => {
    await db.transaction(async (slow) => {
      await outbox.publish(slow, letters, { key: 'k', value: 'slow' });
      await publish('k', 'fast');
    });
    await startRelay();
    await inLog(2);
    expect(await values()).toEqual(['fast', 'slow']);
  });

  it('goes on where it stopped, with what came meanwhile, and moves nothing twice', async () => {
    const letter = 'abcdefghijkl'.split('');
    for (const value of letter) {
      await publish('k', value);
      const relay = await startRelay();
      await waitFor(value, () => relay.status.moved === 1);
      await relay.stop();
      await waitFor(
        'the slot',
        async () => !(await readSlot(db, SLOT))?.active,
      );
    }
    expect(await values()).toEqual(letter);
    const { position } = await readCdcStatus(db, SLOT);
    expect(position?.number).toBe(12n);
  });

  it('moves a large transaction whole', async () => {
    await startRelay({ moveBytes: 1_000 });
    await db.transaction(async (tx) => {
      for (let page = 0; page < 20; page += 1)
        await outbox.publish(
          tx,
          letters,
          Array.from({ length: 1_000 }, (_, n) => ({
            key: 'k',
            value: `${page * 1_000 + n}${'-'.repeat(200)}`,
          })),
        );
    });
    await inLog(20_000);
    const numbers = (await values()).map((value) => Number.parseInt(value));
    expect(numbers).toEqual(Array.from({ length: 20_000 }, (_, n) => n));
    const { position } = await readCdcStatus(db, SLOT);
    expect(position?.number).toBe(1n);
  });

  it('lets the slot follow the WAL while nothing is published', async () => {
    const relay = await startRelay();
    await waitFor('the slot', () => relay.status.state === 'running');
    await db.query('create table other as select generate_series(1, 10000)');
    const { rows } = await db.query('select pg_current_wal_lsn()::text as lsn');
    const target = parseLsn(rows[0]?.lsn as string);
    await waitFor('the slot to follow', async () => {
      const slot = await readSlot(db, SLOT);
      return (slot?.confirmedFlush ?? 0n) >= target;
    });
  });

  it('waits while another relay has the slot, and takes over', async () => {
    const first = await startRelay();
    await waitFor('the first', () => first.status.state === 'running');
    const second = await startRelay();
    await waitFor('the second', () => second.status.state === 'waiting');
    await publish('k', 'a');
    await inLog(1);
    await first.stop();
    await waitFor('the second', () => second.status.state === 'running');
    await publish('k', 'b');
    await inLog(2);
    expect([first.status.moved, second.status.moved]).toEqual([1, 1]);
  });

  it('skips what is in the log when the server sends it again, and moves it twice without the position (the rule, broken)', async () => {
    await publish('k', 'a');
    await publish('k', 'b');
    /** Moves what comes, and dies before it can confirm. */
    const moveUnconfirmed = async () => {
      const stream = await db.openSlotStream({
        slot: SLOT,
        publication: 'postamt_cdc',
        prefix: 'postamt',
      });
      const session = await CdcSession.open(db, { slot: SLOT, id: 'r' });
      let seen = 0;
      while (seen < 2) {
        const taken = await stream.take(1, new AbortController().signal);
        seen += taken.length;
        for await (const _ of session.move(taken));
      }
      await stream.close();
      await waitFor(
        'the slot',
        async () => !(await readSlot(db, SLOT))?.active,
      );
    };
    await moveUnconfirmed();
    await moveUnconfirmed();
    expect(await values()).toEqual(['a', 'b']);
    await db.query('truncate postamt.outbox_cdc_positions');
    await moveUnconfirmed();
    expect(await values()).toEqual(['a', 'b', 'a', 'b']);
  });

  it('has one of two relays that are at the same transaction give way', async () => {
    const topic = await new Catalogue(db).topic(letters.name);
    const move = (relay: string) =>
      moveStreamed(
        {
          db,
          catalogue: new Catalogue(db),
          schemas: new KnownSchemas(db),
          slot: SLOT,
          relay,
        },
        {
          events: [
            {
              id: 0n,
              shard: 0,
              eventId: '0190a5b0-1234-7abc-8def-0123456789ab',
              topicNumber: topic.number,
              timestamp: 1,
              deliverAt: undefined,
              key: Buffer.from('k'),
              value: null,
              headers: null,
            },
          ],
          last: NO_POSITION,
          lsn: 100n,
          detours: new Set(),
        },
      );
    const ends = await Promise.allSettled([move('a'), move('b')]);
    const failed = ends.filter((end) => end.status === 'rejected');
    expect(failed).toMatchObject([{ reason: { code: 'STALE_CURSOR' } }]);
    expect(await readLog(db, letters.name)).toHaveLength(1);
  });

  it('leaves out messages of its prefix that are none of its, and says so', async () => {
    const relay = await startRelay();
    await db.query(`select pg_logical_emit_message(true, 'postamt', 'hello')`);
    await publish('k', 'a');
    await inLog(1);
    expect(relay.status).toMatchObject({ malformed: 1, moved: 1, failures: 0 });
  });

  it("reads its own installation's messages only, where a database has two", async () => {
    const schema = 'second';
    await migrate({ connection: database.connectionString, schema });
    const second = database.open({ schema });
    const slot = 'spec_second';
    await createCdcSlot(second, slot, { allowUnboundedWal: true });
    const other = await Outbox.open(second, [letters], { cdc: { slot } });
    await second.transaction((tx) =>
      other.publish(tx, letters, { key: 'k', value: 'of the second' }),
    );
    await publish('k', 'of the first');
    const relay = await startRelay();
    await inLog(1);
    const its = new CdcRelay(second, { slot, allowUnboundedWal: true });
    await its.start();
    await waitFor('its own', () => its.status.moved === 1);
    await its.stop();
    expect(await values()).toEqual(['of the first']);
    expect(relay.status.malformed + its.status.malformed).toBe(0);
    expect(await readLog(second, letters.name)).toHaveLength(1);
    await waitFor('the slot', async () => !(await readSlot(db, slot))?.active);
    await dropCdcSlot(second, slot);
  });

  it('refuses delayed events', async () => {
    const delayed = db.transaction((tx) =>
      outbox.publish(tx, letters, { value: 'x', deliverAfterMs: 1_000 }),
    );
    await expect(delayed).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
  });
});

describe('an event that its topic refuses', () => {
  it("goes by the outbox's table with what follows of its key, and the others do not wait", async () => {
    const limit = (bytes: number) =>
      alterTopic(db, letters.name, { set: { 'max.message.bytes': bytes } });
    await publish('large', `1${'x'.repeat(3_000)}`);
    await publish('other', 'a');
    await publish('large', '2');
    await limit(1_000);
    const relay = await startRelay();
    await waitFor('the others', async () => (await values()).includes('a'));
    await publish('large', '3');
    await publish('other', 'b');
    await waitFor('the others', async () => (await values()).includes('b'));
    expect(await values()).not.toContain('2');
    expect((await readCdcStatus(db, SLOT)).detours).toBe(1);
    await limit(1_000_000);
    // Those that run know of it within half a minute.
    const table = new Relay(db, { pollIntervalMs: 50 });
    relays.push(table);
    table.start();
    await waitFor('the key', async () => (await values()).includes('3'));
    await waitFor('the end of the detour', async () => {
      await publish('large', 'more');
      return (await readCdcStatus(db, SLOT)).detours === 0;
    });
    await publish('large', 'last');
    await waitFor('the last', async () => (await values()).includes('last'));
    const large = (await values()).filter((value) => !'ab'.includes(value));
    expect(large.map((value) => value[0])).toEqual([
      '1',
      '2',
      '3',
      ...large.slice(3, -1).map(() => 'm'),
      'l',
    ]);
    expect(relay.status.detoured).toBeGreaterThanOrEqual(3);
  });

  it('is parked where the topic is gone, and holds nobody up', async () => {
    const doomed = defineTopic('doomed', { value: 'string' });
    const both = await Outbox.open(db, [letters, doomed], {
      cdc: { slot: SLOT },
    });
    await db.transaction((tx) =>
      both.publish(tx, doomed, { key: 'k', value: 'x' }),
    );
    await deleteTopic(db, 'doomed');
    await startRelay();
    const table = new Relay(db, { pollIntervalMs: 50 });
    relays.push(table);
    table.start();
    await publish('k', 'a');
    await inLog(1);
    await waitFor('the event', async () => {
      const { rows } = await db.query(
        'select status, code from postamt.outbox',
      );
      return rows[0]?.status === 'PARKED' && rows.length === 1;
    });
  });
});
