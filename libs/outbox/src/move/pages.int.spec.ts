import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { alterTopic } from '#log';
import { useDatabase, waitFor } from '#testing';
import { letterTopic, RelayScene } from '../relay/fixtures/relay-scene.js';
import { shardOf } from '../shard.js';

let scene: RelayScene;
afterEach(async () => scene.close());
const database = useDatabase({ beforeAll, afterEach, afterAll });

const HOUR = 3_600_000;
const SMALL = { rowsPerShard: 7, bytesPerShard: 1_000_000 };

/** So many keys of one shard. */
function keysOfOneShard(count: number): string[] {
  const keys = Array.from({ length: count * 200 }, (_, n) => `key ${n}`);
  const shard = shardOf(Buffer.from('key 0'), '');
  return keys
    .filter((key) => shardOf(Buffer.from(key), '') === shard)
    .slice(0, count);
}

/** Ends the sessions of moves that stand at a table; resolves once one was there. */
async function killAt(table: string, moving: () => Promise<unknown>) {
  const client = await scene.client();
  try {
    await client.query(`begin; lock table postamt.${table} in share mode`);
    const moved = moving().catch((error: unknown) => error);
    await waitFor('the move to stand', async () => {
      const { rowCount } = await client.query(
        `select pg_terminate_backend(pid) from pg_locks
        where relation = any (select inhrelid from pg_inherits where inhparent = 'postamt.${table}'::regclass
          union all select 'postamt.${table}'::regclass) and not granted`,
      );
      return (rowCount ?? 0) > 0;
    });
    expect(await moved).toBeInstanceOf(Error);
    await client.query('commit');
  } finally {
    await client.end();
  }
}

describe('a difference that is moved page by page', () => {
  it('loses and doubles nothing where events are delayed or parked in it and moves are killed between and in pages', async () => {
    const topic = letterTopic('pages');
    scene = await RelayScene.open(database, [topic]);
    const [slow, bad, ...good] = keysOfOneShard(6);
    const deliverAt = Date.now() + HOUR;
    // Those of the key `slow` are all delayed, in the order of their times.
    for (let n = 0; n < 25; n += 1)
      await scene.publish(topic, [
        { key: slow ?? '', value: 'x', deliverAt: deliverAt + n },
        { key: bad ?? '', value: n === 3 ? 'x'.repeat(3_000) : 'x' },
        ...good.map((key) => ({ key, value: 'x' })),
      ]);
    await alterTopic(scene.db, 'pages', {
      set: { 'max.message.bytes': 2_000 },
    });
    await scene.move(SMALL);
    await killAt('outbox_cursors', () => scene.move(SMALL));
    await scene.move(SMALL);
    await scene.publish(topic, [{ key: bad ?? '', value: 'x' }]);
    await killAt('outbox_parked', () => scene.drain(SMALL));
    await killAt('outbox_delayed', () => scene.drain(SMALL));
    await scene.drain(SMALL);
    expect(await scene.counts()).toEqual({
      DELAYED: 25,
      PARKED: 23,
      PUBLISHED: 103,
    });
    await scene.passTime(2 * HOUR);
    await killAt('outbox_cursors', () => scene.move(SMALL));
    await scene.drain(SMALL);
    await alterTopic(scene.db, 'pages', { unset: ['max.message.bytes'] });
    await scene.makeDue();
    await scene.move(SMALL);
    await killAt('outbox_parked', () => scene.move(SMALL));
    await scene.tryAll();
    expect(await scene.counts()).toEqual({ PUBLISHED: 151 });
    expect(await scene.faults(topic)).toEqual([]);
  });

  it('has twenty thousand keys parked and tried again without a move that takes more than it may', async () => {
    const topic = letterTopic('many', { partitions: 3 });
    scene = await RelayScene.open(database, [topic]);
    const count = 20_000;
    await scene.publish(
      topic,
      Array.from({ length: count }, (_, n) => ({
        key: `key ${n}`,
        value: 'x'.repeat(200),
      })),
    );
    await scene.publish(topic, [{ value: 'free' }]);
    await alterTopic(scene.db, 'many', { set: { 'max.message.bytes': 200 } });
    scene.relay({ maxAttempts: 2 });
    await scene.settled({ FAILED: count, PUBLISHED: 1 });
    await alterTopic(scene.db, 'many', { unset: ['max.message.bytes'] });
    await scene.retry();
    await scene.settled({ PUBLISHED: count + 1 });
    await scene.close();
    expect(await scene.faults(topic)).toEqual([]);
    const { rows } = await scene.db.query(
      `select max(moved) as most from (
        select sum(cardinality(ids))::int as moved from postamt.outbox_batches group by moved_at) as move`,
    );
    expect(rows[0]?.most).toBeLessThanOrEqual(500);
  }, 120_000);
});

describe('a shard in which something is parked', () => {
  it('is left alone by an idle relay, whether it is to be tried in an hour or never', async () => {
    const topic = letterTopic('idle');
    scene = await RelayScene.open(database, [topic]);
    await scene.publish(topic, [{ key: 'never', value: 'x'.repeat(3_000) }]);
    await alterTopic(scene.db, 'idle', { set: { 'max.message.bytes': 2_000 } });
    await scene.drain();
    await scene.tryAll();
    await scene.publish(topic, [
      { key: 'an hour', value: 'x'.repeat(1_900) },
      { key: 'later', value: 'x', deliverAfterMs: HOUR },
    ]);
    await alterTopic(scene.db, 'idle', { set: { 'max.message.bytes': 1_000 } });
    scene.mover.catalogue.clear();
    await scene.drain();
    expect(await scene.counts()).toEqual({ FAILED: 1, PARKED: 1, DELAYED: 1 });
    const looks = async () => {
      const { rows } = await scene.db.query(
        `select (select count(*)::int from postamt.outbox_cursors) as cursors,
          xact_commit::int as commits from pg_stat_database where datname = current_database()`,
      );
      return rows[0] as { cursors: number; commits: number };
    };
    const before = await looks();
    const relay = scene.relay({ pollIntervalMs: 100 });
    await waitFor(
      'the relay to be idle for a while',
      async () => (await looks()).commits > before.commits + 60,
    );
    await relay.stop();
    expect((await looks()).cursors).toBe(before.cursors);
    expect(relay.status).toMatchObject({ moved: 0, failures: 0 });
  }, 60_000);
});
