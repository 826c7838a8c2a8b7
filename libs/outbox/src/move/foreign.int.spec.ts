import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { alterTopic } from '#log';
import { useDatabase } from '#testing';
import {
  letterTopic,
  RelayScene,
  type LetterTopic,
} from '../relay/fixtures/relay-scene.js';

let scene: RelayScene;
afterEach(async () => scene.close());
const database = useDatabase({ beforeAll, afterEach, afterAll });

const HOUR = 3_600_000;
const SMALL = { rowsPerShard: 5, bytesPerShard: 1_000_000 };
const letters = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, n) => ({
    key: `k${n % 10}`,
    value: 'x',
    ...more,
  }));

/** As a copy of all rows on another server would find them. */
async function moveToOtherServer(): Promise<void> {
  for (const table of ['events', 'batches', 'cursors'])
    await scene.db.query(`update postamt.outbox_${table} set incarnation = 7`);
}

async function left(): Promise<unknown> {
  const { rows } = await scene.db.query(
    'select count(*)::int as count from postamt.outbox_events where incarnation = 7',
  );
  return rows[0]?.count;
}

/** An outbox in which something is published, parked, delayed, discarded and pending. */
async function fill(topic: LetterTopic): Promise<void> {
  await scene.publish(topic, letters(40));
  await scene.publish(topic, [
    { key: 'late', value: 'x', deliverAt: Date.now() + HOUR },
    { key: 'large', value: 'x'.repeat(3_000) },
    { key: 'large', value: 'x' },
  ]);
  await alterTopic(scene.db, topic.name, {
    set: { 'max.message.bytes': 2_000 },
  });
  scene.mover.catalogue.clear();
  await scene.drain();
  expect(await scene.counts()).toEqual({
    DELAYED: 1,
    PARKED: 2,
    PUBLISHED: 40,
  });
  await scene.publish(topic, letters(40));
  await scene.publish(topic, [
    { key: 'large', value: 'x' },
    { key: 'later', value: 'x', deliverAt: Date.now() + 2 * HOUR },
  ]);
}

describe('rows of another server', () => {
  it('are moved once, in pages, in order, and what was moved, parked or delayed there is not', async () => {
    const topic = letterTopic('restored');
    scene = await RelayScene.open(database, [topic]);
    await fill(topic);
    await moveToOtherServer();
    await scene.publish(topic, letters(10));
    await scene.drain(SMALL);
    expect(await left()).toBe(0);
    await scene.publish(topic, letters(10));
    await scene.drain(SMALL);
    await scene.passTime(HOUR);
    await scene.passTime(2 * HOUR);
    await alterTopic(scene.db, topic.name, { unset: ['max.message.bytes'] });
    await scene.makeDue();
    await scene.tryAll();
    expect(await scene.faults(topic)).toEqual([]);
  });

  it('are left alone while a subscription feeds the table, and nobody looks for them all the time', async () => {
    const topic = letterTopic('fed');
    scene = await RelayScene.open(database, [topic]);
    await scene.publish(topic, letters(20));
    await moveToOtherServer();
    const client = await scene.client();
    try {
      await client.query('set allow_system_table_mods = on');
      await client.query(
        `create subscription fed connection 'host=127.0.0.1 port=1' publication fed with (connect = false)`,
      );
      await client.query(`
        insert into pg_subscription_rel (srsubid, srrelid, srsubstate)
        select oid, 'postamt.outbox_events_0'::regclass, 'r' from pg_subscription where subname = 'fed'`);
      await client.query('alter subscription fed enable');
      await scene.publish(
        topic,
        letters(10).map((each) => ({ ...each, key: 'here' })),
      );
      await scene.drain(SMALL);
      expect(await left()).toBe(20);
      expect((await scene.log(topic)).length).toBe(10);
    } finally {
      await client.query('alter subscription fed disable');
      await client.query('alter subscription fed set (slot_name = none)');
      await client.query('drop subscription fed');
      await client.end();
    }
    const relay = scene.relay({ pollIntervalMs: 50 });
    await scene.settled({ PUBLISHED: 10 });
    await relay.stop();
    expect(await scene.faults(topic)).toEqual([]);
  });

  it.each(['moved', 'delayed', 'parked'])(
    'do not take rows with them that bear their ids and were written here (%s)',
    async (fate) => {
      const topic = letterTopic(`twice-${fate}`);
      scene = await RelayScene.open(database, [topic]);
      const late = fate === 'delayed' && { deliverAt: Date.now() + HOUR };
      const value = 'x'.repeat(3_000);
      await scene.publish(topic, [{ key: 'a', value, ...late }]);
      await moveToOtherServer();
      if (fate === 'parked')
        await alterTopic(scene.db, topic.name, {
          set: { 'max.message.bytes': 2_000 },
        });
      await scene.db.query(`
        select setval('postamt.outbox_part_number', last_value + 1),
          setval(pg_get_serial_sequence('postamt.outbox_events', 'id'), (select id from postamt.outbox_events), false)
        from postamt.outbox_part_number`);
      await scene.publish(topic, [{ key: 'a', value: 'y' }]);
      await scene.drain();
      await scene.passTime(HOUR);
      await alterTopic(scene.db, topic.name, { unset: ['max.message.bytes'] });
      await scene.tryAll();
      const ids = (await scene.log(topic)).map(({ id }) => id);
      expect([ids.length, new Set(ids).size]).toEqual([2, 2]);
    },
  );
});
