import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { alterTopic, deleteTopic } from '#log';
import { useDatabase, waitFor } from '#testing';
import {
  letterTopic,
  RelayScene,
  PATIENT,
} from '../relay/fixtures/relay-scene.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const LARGE = 'x'.repeat(3_000);
const keys = (count: number) =>
  Array.from({ length: count }, (_, n) => `key ${n}`);
const letters = (count: number, value = 'a') =>
  keys(count).map((key) => ({ key, value }));

describe('a move that parks', () => {
  it('parks the keys of a topic that is gone, tries so often as is asked, and ends FAILED with the reason; the rest flows', async () => {
    const gone = letterTopic('gone');
    const there = letterTopic('there');
    const scene = await RelayScene.open(database, [gone, there]);
    await scene.publish(gone, [...letters(5), ...letters(5)]);
    await scene.publish(there, letters(5));
    await deleteTopic(scene.db, 'gone');
    await scene.drain();
    expect(await scene.counts()).toEqual({ PARKED: 10, PUBLISHED: 5 });
    await scene.tryAll();
    expect(await scene.counts()).toEqual({
      FAILED: 5,
      PARKED: 5,
      PUBLISHED: 5,
    });
    const failed = (await scene.seen()).filter(
      ({ status }) => status === 'FAILED',
    );
    for (const event of failed)
      expect(event).toMatchObject({
        attempts: PATIENT.maxAttempts,
        code: 'UNKNOWN_TOPIC_OR_PARTITION',
        reason: expect.stringContaining(event.id),
      });
    expect(await scene.faults(there)).toEqual([]);
  });

  it('has a key wait as a whole, what is published or falls due meanwhile included, and flow in order once its cause is mended', async () => {
    const topic = letterTopic('mended');
    const scene = await RelayScene.open(database, [topic]);
    await scene.publish(topic, [
      { key: 'a', value: 'first' },
      { key: 'a', value: LARGE },
      { key: 'b', value: 'small' },
    ]);
    await alterTopic(scene.db, 'mended', {
      set: { 'max.message.bytes': 2_000 },
    });
    await scene.drain();
    expect(await scene.counts()).toEqual({ PARKED: 1, PUBLISHED: 2 });
    await scene.publish(topic, [
      { key: 'a', value: 'third' },
      { key: 'b', value: 'flows' },
    ]);
    await scene.publish(topic, [
      { key: 'a', value: 'late', deliverAfterMs: 30 },
    ]);
    await scene.drain();
    await scene.tryAll();
    await scene.drain();
    await waitFor('the delayed event to be due', async () => {
      await scene.drain();
      return (await scene.counts()).DELAYED === undefined;
    });
    expect(await scene.counts()).toEqual({
      FAILED: 1,
      PARKED: 2,
      PUBLISHED: 3,
    });
    await alterTopic(scene.db, 'mended', { unset: ['max.message.bytes'] });
    await scene.retry();
    await scene.drain();
    expect(await scene.counts()).toEqual({ PUBLISHED: 6 });
    expect(await scene.faults(topic)).toEqual([]);
  });

  it('tries a key with what its topic is configured by when it tries', async () => {
    const topic = letterTopic('raised');
    const scene = await RelayScene.open(database, [topic]);
    await scene.publish(topic, [{ key: 'a', value: LARGE }]);
    await alterTopic(scene.db, 'raised', {
      set: { 'max.message.bytes': 2_000 },
    });
    await scene.drain();
    expect(await scene.counts()).toEqual({ PARKED: 1 });
    await alterTopic(scene.db, 'raised', { unset: ['max.message.bytes'] });
    await scene.tryAll();
    expect(await scene.counts()).toEqual({ PUBLISHED: 1 });
  });

  it('parks an event without a key by itself', async () => {
    const topic = letterTopic('keyless');
    const scene = await RelayScene.open(database, [topic]);
    await scene.publish(topic, [
      { value: 'one' },
      { key: 'k', value: 'two' },
      { value: 'three' },
    ]);
    await alterTopic(scene.db, 'keyless', {
      set: { 'cleanup.policy': 'compact' },
    });
    await scene.drain();
    await scene.publish(topic, [{ key: 'k', value: 'four' }]);
    await scene.drain();
    expect(await scene.counts()).toEqual({ PARKED: 2, PUBLISHED: 2 });
    await alterTopic(scene.db, 'keyless', { unset: ['cleanup.policy'] });
    await scene.tryAll();
    expect(await scene.counts()).toEqual({ PUBLISHED: 4 });
    expect(await scene.faults(topic)).toEqual([]);
  });

  it('parks equal keys of two topics one by one, and keys that are empty or very long', async () => {
    const small = letterTopic('small');
    const large = letterTopic('large', {
      config: { 'max.message.bytes': 4_000_000 },
    });
    const scene = await RelayScene.open(database, [small, large]);
    const long = 'k'.repeat(1_000_000);
    const events = ['same', '', '\0'].map((key) => ({ key, value: LARGE }));
    await scene.publish(small, events);
    await scene.publish(large, [...events, { key: long, value: 'x' }]);
    await alterTopic(scene.db, 'small', {
      set: { 'max.message.bytes': 2_000 },
    });
    await alterTopic(scene.db, 'large', {
      set: { 'max.message.bytes': 900_000 },
    });
    await scene.drain();
    const { rows } = await scene.db.query(
      'select length(key) as bytes from postamt.outbox_parked_keys order by bytes',
    );
    expect(rows.map(({ bytes }) => bytes)).toEqual([0, 1, 4, 1_000_000]);
    await alterTopic(scene.db, 'small', { unset: ['max.message.bytes'] });
    await alterTopic(scene.db, 'large', {
      set: { 'max.message.bytes': 4_000_000 },
    });
    await scene.tryAll();
    expect(await scene.faults(small)).toEqual([]);
    expect(await scene.faults(large)).toEqual([]);
  });

  it('parks what was written with a schema that is gone, until it is there again', async () => {
    const topic = letterTopic('schemed');
    const scene = await RelayScene.open(database, [topic]);
    await scene.publish(topic, letters(2));
    const { rows } = await scene.db.query(
      `select schema_id as id from postamt.subject_versions where subject = 'schemed-value'`,
    );
    const id = rows[0]?.id;
    const kept = await scene.db.query(
      'select * from postamt.schemas where id = $1',
      [id],
    );
    await scene.db.query('set session_replication_role = default');
    const client = await scene.client();
    await client.query('set session_replication_role = replica');
    await client.query('delete from postamt.schemas where id = $1', [id]);
    await scene.drain();
    expect(await scene.counts()).toEqual({ PARKED: 2 });
    expect((await scene.seen())[0]?.code).toBe('UNKNOWN_SCHEMA_ID');
    const names = Object.keys(kept.rows[0] ?? {});
    await client.query(
      `insert into postamt.schemas (${names.join(', ')}) overriding system value values (${names.map((_, at) => `$${at + 1}`).join(', ')})`,
      Object.values(kept.rows[0] ?? {}),
    );
    await client.end();
    await scene.tryAll();
    expect(await scene.counts()).toEqual({ PUBLISHED: 2 });
    expect(await scene.faults(topic)).toEqual([]);
  });
});
