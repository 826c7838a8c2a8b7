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
import { MemoryCluster } from './fixtures/memory-sink.js';
import { letterTopic, RelayScene } from './fixtures/relay-scene.js';

let scene: RelayScene;
afterEach(async () => scene.close());
const database = useDatabase({ beforeAll, afterEach, afterAll });

const letters = (count: number, keys = 10) =>
  Array.from({ length: count }, (_, n) => ({
    key: `k${n % keys}`,
    value: 'x',
  }));

describe('a relay to a sink', () => {
  it('ships alone, however many there are, each event once and each key in its order', async () => {
    const topic = letterTopic('exclusive');
    scene = await RelayScene.open(database, [topic]);
    const cluster = new MemoryCluster();
    const relays = [1, 2, 3].map(() => scene.relay({ sink: cluster.sink() }));
    const ids: string[] = [];
    await waitFor('each relay to have shipped', async () => {
      ids.push(...(await scene.publish(topic, letters(50))));
      return relays.every(({ status }) => status.moved > 0);
    });
    await waitFor(
      'all to be shipped',
      () => cluster.taken.length === ids.length,
    );
    await scene.close();
    expect(cluster.mostAtOnce).toBe(1);
    expect(new Set(cluster.ids)).toEqual(new Set(ids));
    const place = new Map(ids.map((id, n) => [id, n]));
    for (let k = 0; k < 10; k += 1) {
      const places = cluster.taken
        .filter(({ key }) => String(key) === `k${k}`)
        .map(({ eventId }) => place.get(eventId) ?? -1);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    }
    expect(await scene.counts()).toEqual({ PUBLISHED: ids.length });
  });

  it('parks a key that is refused with what follows it, and ships it in order once it is taken', async () => {
    const topic = letterTopic('refusing');
    scene = await RelayScene.open(database, [topic]);
    const cluster = new MemoryCluster();
    cluster.refuses = ({ key }) =>
      String(key) === 'k1'
        ? new PostamtError('MESSAGE_TOO_LARGE', 'too large for me')
        : undefined;
    const ids = await scene.publish(topic, letters(30));
    scene.relay({ sink: cluster.sink(), maxAttempts: 3 });
    await scene.settled({ PUBLISHED: 27, PARKED: 2, FAILED: 1 });
    ids.push(...(await scene.publish(topic, letters(10))));
    await scene.settled({ PUBLISHED: 36, PARKED: 3, FAILED: 1 });
    const failed = (await scene.seen()).find(
      ({ status }) => status === 'FAILED',
    );
    expect(failed).toMatchObject({
      attempts: 3,
      code: 'MESSAGE_TOO_LARGE',
      reason: 'too large for me',
    });
    cluster.refuses = () => undefined;
    await scene.retry();
    await scene.settled({ PUBLISHED: 40 });
    expect(cluster.ids.length).toBe(40);
    const parked = cluster.taken.filter(({ key }) => String(key) === 'k1');
    expect(parked.map(({ eventId }) => eventId)).toEqual(
      ids.filter((_, n) => n % 10 === 1),
    );
  });

  it('does the whole move again where the sink throws, and parks nothing', async () => {
    const topic = letterTopic('throwing');
    scene = await RelayScene.open(database, [topic]);
    const cluster = new MemoryCluster();
    let failures = 3;
    cluster.beforeAnswer = () => {
      failures -= 1;
      return failures < 0
        ? Promise.resolve()
        : Promise.reject(new PostamtError('TIMED_OUT', 'nobody answers'));
    };
    await scene.publish(topic, letters(20));
    const relay = scene.relay({ sink: cluster.sink() });
    await scene.settled({ PUBLISHED: 20 });
    expect(relay.status).toMatchObject({ parked: 0, moved: 20, failures: 3 });
    expect(cluster.ids.length).toBe(20);
  });

  it('does not use up the attempts of parked keys while nothing can be shipped at all', async () => {
    const topic = letterTopic('outage');
    scene = await RelayScene.open(database, [topic]);
    const cluster = new MemoryCluster();
    cluster.refuses = () => new PostamtError('POLICY_VIOLATION', 'not now');
    await scene.publish(topic, letters(4, 2));
    const relay = scene.relay({
      sink: cluster.sink(),
      maxAttempts: 2,
      retryBackoffMs: 300,
    });
    await scene.settled({ PARKED: 4 });
    cluster.refuses = () => undefined;
    cluster.beforeAnswer = () =>
      Promise.reject(new PostamtError('TIMED_OUT', 'nobody answers'));
    await waitFor('attempts to fail', () => relay.status.failures >= 6);
    cluster.beforeAnswer = () => Promise.resolve();
    await scene.settled({ PUBLISHED: 4 });
    expect(cluster.ids.length).toBe(4);
  });

  it('knows from the journal what was sent by a relay that was killed before its COMMIT', async () => {
    const topic = letterTopic('journal');
    scene = await RelayScene.open(database, [topic]);
    const cluster = new MemoryCluster();
    let kills = 1;
    cluster.beforeAnswer = async () => {
      kills -= 1;
      if (kills < 0) return;
      await scene.db.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and state = 'idle in transaction'`,
      );
    };
    await scene.publish(topic, letters(20));
    scene.relay({ sink: cluster.sink() });
    await scene.settled({ PUBLISHED: 20 });
    const [before, after] = cluster.seen;
    expect(before).toBeUndefined();
    expect(after).toEqual({
      number: 1n,
      done: false,
      ids: cluster.shipments[0],
    });
    expect(cluster.ids.length).toBe(20);
    await scene.publish(topic, letters(1));
    await scene.settled({ PUBLISHED: 21 });
    expect(cluster.seen.at(-1)).toMatchObject({ done: true });
  });

  it('is not held up for longer than the session of one that stands still lasts', async () => {
    const topic = letterTopic('still');
    scene = await RelayScene.open(database, [topic]);
    const standing = new MemoryCluster();
    const { promise, resolve } = Promise.withResolvers<void>();
    standing.beforeAnswer = () => promise;
    const still = scene.relay({ sink: standing.sink() });
    await scene.publish(topic, letters(20));
    await waitFor('a relay to stand still', () => standing.taken.length > 0);
    const cluster = new MemoryCluster();
    const other = scene.relay({ sink: cluster.sink(), pollIntervalMs: 500 });
    await scene.settled({ PUBLISHED: 20 });
    expect(other.status.moved).toBe(20);
    resolve();
    await scene.close();
    expect(still.status.moved).toBe(0);
  }, 60_000);
});
