import { randomBytes } from 'node:crypto';
import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { PostamtError } from '#kernel';
import { useDatabase, waitFor } from '#testing';
import { letterTopic, RelayScene } from '../relay/fixtures/relay-scene.js';
import { shardOf } from '../shard.js';
import type { Sink } from '../sink/sink.js';

let scene: RelayScene;
afterEach(async () => {
  await scene.close();
  await scene.db.query('drop function if exists public.fail_shard cascade');
});
const database = useDatabase({ beforeAll, afterEach, afterAll });

const keys = (count: number) =>
  Array.from({ length: count }, (_, n) => `key ${n}`);

describe('an event that could stop a relay', () => {
  it.each(['{"a": "b"}', '[["a"]]', '[["a", 7]]', '"x"'])(
    'is parked where plain SQL gave it the headers %s',
    async (headers) => {
      const topic = letterTopic(
        `headers-${Buffer.from(headers).toString('hex')}`,
      );
      scene = await RelayScene.open(database, [topic]);
      await scene.publish(topic, [
        { key: 'a', value: 'x' },
        { key: 'b', value: 'x' },
      ]);
      await scene.db.query(
        `update postamt.outbox_events set headers = $1 where key = 'a'`,
        [headers],
      );
      await scene.drain();
      expect(await scene.counts()).toEqual({ PARKED: 1, PUBLISHED: 1 });
      expect((await scene.seen())[0]?.code).toBe('INVALID_RECORD');
    },
  );

  it.each(['lz4', 'snappy'])(
    'is put into smaller batches where its topic’s compression makes them larger (%s)',
    async (type) => {
      const topic = letterTopic(`packed-${type}`, {
        config: { 'max.message.bytes': 4_000, 'compression.type': type },
      });
      scene = await RelayScene.open(database, [topic]);
      await scene.publish(
        topic,
        Array.from({ length: 800 }, (_, n) => ({
          key: 'k',
          value: randomBytes(100 + (n % 150)).toString('base64'),
        })),
      );
      await scene.drain();
      expect(await scene.counts()).toEqual({ PUBLISHED: 800 });
      expect(await scene.faults(topic)).toEqual([]);
    },
  );

  it('is parked with a reason that Postgres can hold, whatever a sink says', async () => {
    const topic = letterTopic('refused');
    scene = await RelayScene.open(database, [topic]);
    const sink: Sink = {
      name: 'refuser',
      ship: async (events) => ({
        batches: [],
        refused: events.map(({ id }) => ({
          id,
          error: new PostamtError(
            'POLICY_VIOLATION',
            `no\0 \ud800${'x'.repeat(9_000)}`,
          ),
        })),
      }),
      close: async () => {},
    };
    await scene.publish(topic, [
      { key: 'a', value: 'x' },
      { key: 'a', value: 'x' },
    ]);
    const relay = scene.relay({ sink, maxAttempts: 2 });
    await scene.settled({ FAILED: 1, PARKED: 1 });
    await relay.stop();
  });
});

describe('a shard that cannot be moved', () => {
  it('does not hold up the others, however much is published into it', async () => {
    const topic = letterTopic('stuck');
    scene = await RelayScene.open(database, [topic]);
    const stuck = shardOf(Buffer.from('key 0'), '');
    await scene.db.query(`
      create function public.fail_shard() returns trigger language plpgsql as $$
      begin raise exception 'shard % is stuck', new.shard; end $$`);
    await scene.db.query(
      `create trigger fail_shard before insert on postamt.outbox_cursors_0 for each row
      when (new.shard = ${stuck}) execute function public.fail_shard()`,
    );
    const others = keys(40).filter(
      (key) => shardOf(Buffer.from(key), '') !== stuck,
    );
    const relay = scene.relay();
    let expected = 0;
    for (let round = 0; round < 5; round += 1) {
      await scene.publish(
        topic,
        others.map((key) => ({ key, value: 'x' })),
      );
      expected += others.length;
      await waitFor('the others to be moved', async () => {
        await scene.publish(topic, [{ key: 'key 0', value: 'x' }]);
        return relay.status.moved === expected;
      });
    }
    expect(relay.status.failures).toBeGreaterThan(0);
    await scene.db.query('drop function public.fail_shard cascade');
    await waitFor(
      'all to be moved',
      async () => (await scene.counts()).PENDING === undefined,
    );
    await scene.close();
    expect(await scene.faults(topic)).toEqual([]);
  }, 60_000);
});
