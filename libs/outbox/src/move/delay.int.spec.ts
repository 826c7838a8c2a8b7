import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { useDatabase } from '#testing';
import { READ } from './move-limits.js';
import { letterTopic, RelayScene } from '../relay/fixtures/relay-scene.js';

let scene: RelayScene;
afterEach(async () => scene.close());
const database = useDatabase({ beforeAll, afterEach, afterAll });

const HOUR = 3_600_000;
const inOrder = (scene: RelayScene, ids: readonly string[]) => {
  const place = new Map(ids.map((id, n) => [id, n]));
  return async (topic: ReturnType<typeof letterTopic>) =>
    (await scene.log(topic)).map(({ id }) => place.get(id));
};

describe('delayed events', () => {
  it('come in the order of their times and then of their ids, more than a page of them', async () => {
    const topic = letterTopic('paged');
    scene = await RelayScene.open(database, [topic]);
    const start = Date.now() + HOUR;
    const dues = Array.from({ length: 60 }, (_, n) => start + ((n * 7) % 10));
    const ids = await scene.publish(
      topic,
      dues.map((deliverAt, n) => ({ key: 'k', value: `${n}`, deliverAt })),
    );
    await scene.drain();
    expect(await scene.counts()).toEqual({ DELAYED: 60 });
    await scene.passTime(2 * HOUR);
    await scene.drain({ rowsPerShard: 7, bytesPerShard: 1_000_000 });
    expect(await scene.counts()).toEqual({ PUBLISHED: 60 });
    const expected = dues
      .map((due, n) => ({ due, n }))
      .sort((a, b) => a.due - b.due || a.n - b.n)
      .map(({ n }) => n);
    expect(await inOrder(scene, ids)(topic)).toEqual(expected);
  });

  it('are no different from others where they are due when they are moved: no delay, a time in the past', async () => {
    const topic = letterTopic('at-once');
    scene = await RelayScene.open(database, [topic]);
    const ids = await scene.publish(topic, [
      { key: 'k', value: 'a', deliverAfterMs: 0 },
      { key: 'k', value: 'b', deliverAt: Date.now() - HOUR },
      { key: 'k', value: 'c' },
      { key: 'k', value: 'd', deliverAt: 1 },
    ]);
    await scene.drain();
    expect(await scene.counts()).toEqual({ PUBLISHED: 4 });
    expect(await inOrder(scene, ids)(topic)).toEqual([0, 1, 2, 3]);
  });

  it('are never released before their time, and by another relay when theirs is gone', async () => {
    const topic = letterTopic('handed-over');
    scene = await RelayScene.open(database, [topic]);
    const first = scene.relay();
    const due = Date.now() + 1_500;
    await scene.publish(topic, [
      { key: 'k', value: 'late', deliverAt: due },
      { key: 'k', value: 'now' },
    ]);
    await scene.settled({ DELAYED: 1, PUBLISHED: 1 });
    await first.stop();
    scene.relay({ pollIntervalMs: 100 });
    await scene.settled({ PUBLISHED: 2 });
    expect(Date.now()).toBeGreaterThanOrEqual(due);
  });

  it('are released once, in their order, by several relays', async () => {
    const topic = letterTopic('shared', { partitions: 3 });
    scene = await RelayScene.open(database, [topic]);
    for (let n = 0; n < 3; n += 1) scene.relay({ pollIntervalMs: 50 });
    const count = 20;
    for (let round = 0; round < count; round += 1)
      await scene.publish(
        topic,
        Array.from({ length: 10 }, (_, n) => ({
          key: `k${n}`,
          value: 'x',
          deliverAt: Date.now() + 100 + round * 5,
        })),
      );
    await scene.settled({ PUBLISHED: count * 10 });
    await scene.close();
    expect(await scene.faults(topic)).toEqual([]);
  });

  it('wait for their time also where the clock was put back behind what was released, and nobody looks for them all the time', async () => {
    const topic = letterTopic('put-back');
    scene = await RelayScene.open(database, [topic]);
    const later = Date.now() + HOUR;
    await scene.publish(topic, [
      { key: 'k', value: 'early', deliverAt: later },
      { key: 'k', value: 'rest', deliverAt: later },
    ]);
    await scene.drain();
    // Of two that are due at one time one was released, by a clock that was ahead.
    await scene.db.query(`
      insert into postamt.outbox_cursors
        (shard, number, incarnation, snapshot, due_at, due_id, next_due, parked)
      select distinct on (shard) shard, number + 1, incarnation, snapshot, ${later},
        (select min(id) from postamt.outbox_delayed), ${later}, true
      from postamt.outbox_cursors order by shard, number desc`);
    await scene.db.query(`
      insert into postamt.outbox_parked_keys (topic_number, lane, shard, attempts, next_attempt_at, code, reason)
      select topic_number, '\\x00', shard, 1, ${later - HOUR / 2}, 'c', 'r' from postamt.outbox_delayed limit 1`);
    await scene.drain();
    await scene.publish(topic, [
      { key: 'k', value: 'sooner', deliverAt: later - HOUR / 2 },
    ]);
    await scene.drain();
    const { rows } = await scene.db.query(
      'select count(*)::int as count from postamt.outbox_unreleased',
    );
    expect(rows).toEqual([{ count: 2 }]);
    await scene.passTime(HOUR / 2);
    await scene.drain();
    await scene.passTime(HOUR);
    await scene.drain();
    expect((await scene.log(topic)).length).toBe(2);
  });

  it('come before what is new of their key, also where keys to be tried took their turn', async () => {
    const topic = letterTopic('before-new');
    scene = await RelayScene.open(database, [topic]);
    const ids = await scene.publish(topic, [
      { key: 'k', value: 'first', deliverAt: Date.now() + HOUR },
    ]);
    await scene.drain();
    await scene.passTime(2 * HOUR);
    ids.push(...(await scene.publish(topic, [{ key: 'k', value: 'second' }])));
    for (const after of ['parked', 'delayed', 'parked', undefined] as const)
      await scene.move({ ...READ, after });
    expect(await inOrder(scene, ids)(topic)).toEqual([0, 1]);
  });
});
