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
import { letterTopic, RelayScene } from './fixtures/relay-scene.js';

let scene: RelayScene;
afterEach(async () => scene.close());
const database = useDatabase({ beforeAll, afterEach, afterAll });

const letters = (count: number, value = 'x') =>
  Array.from({ length: count }, (_, n) => ({ key: `k${n}`, value }));

describe('a relay that parks', () => {
  it('moves what is new, and what falls due, also while there are always keys to be tried', async () => {
    const topic = letterTopic('endless');
    scene = await RelayScene.open(database, [topic]);
    await scene.publish(topic, letters(3_000, 'x'.repeat(2_000)));
    await alterTopic(scene.db, 'endless', {
      set: { 'max.message.bytes': 1_500 },
    });
    const relay = scene.relay({
      maxAttempts: 1_000_000,
      retryBackoffMs: 1,
      retryBackoffMaxMs: 1,
    });
    await scene.settled({ PARKED: 3_000 });
    for (let round = 0; round < 3; round += 1) {
      await scene.publish(topic, [{ key: `new ${round}`, value: 'x' }]);
      await scene.publish(topic, [
        { key: `late ${round}`, value: 'x', deliverAfterMs: 10 },
      ]);
      await scene.settled({ PARKED: 3_000, PUBLISHED: 2 * (round + 1) });
    }
    expect(relay.status.failures).toBe(0);
    await alterTopic(scene.db, 'endless', { unset: ['max.message.bytes'] });
    await scene.settled({ PUBLISHED: 3_006 });
    await scene.close();
    expect(await scene.faults(topic)).toEqual([]);
  }, 120_000);

  it('goes on when a topic that it has moved to is deleted, with events for it on the way', async () => {
    const gone = letterTopic('deleted', { partitions: 2 });
    const there = letterTopic('kept', { partitions: 2 });
    scene = await RelayScene.open(database, [gone, there]);
    const relay = scene.relay({ maxAttempts: 2 });
    await scene.publish(gone, letters(20));
    await scene.settled({ PUBLISHED: 20 });
    await deleteTopic(scene.db, 'deleted');
    await scene.publish(gone, letters(20));
    await scene.publish(gone, letters(20));
    await scene.publish(there, letters(20));
    await scene.settled({ PUBLISHED: 40, FAILED: 20, PARKED: 20 });
    await waitFor('the relay to run', () => relay.status.state === 'running');
    await scene.close();
    expect(await scene.faults(there)).toEqual([]);
    const codes = (await scene.seen()).map(({ code }) => code);
    expect(new Set(codes)).toEqual(
      new Set([null, 'UNKNOWN_TOPIC_OR_PARTITION']),
    );
  });
});
