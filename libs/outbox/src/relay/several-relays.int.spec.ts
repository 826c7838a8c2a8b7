import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { OutboxMaintenance } from '../maintenance/outbox-maintenance.js';
import { useDatabase, waitFor } from '#testing';
import { letterTopic, RelayScene } from './fixtures/relay-scene.js';

let scene: RelayScene;
afterEach(async () => scene.close());
const database = useDatabase({ beforeAll, afterEach, afterAll });

const letters = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => ({
    key: `k${n + from}`,
    value: 'x'.repeat(500),
  }));

describe('several relays', () => {
  it('share what there is without being told how, and none starves', async () => {
    const topic = letterTopic('fair', { partitions: 3 });
    scene = await RelayScene.open(database, [topic]);
    const relays = Array.from({ length: 4 }, () => scene.relay());
    let published = 0;
    await waitFor('each to have moved something', async () => {
      await scene.publish(topic, letters(64));
      published += 64;
      return relays.every(({ status }) => status.moved > 0);
    });
    await scene.settled({ PUBLISHED: published });
    await scene.close();
    expect(await scene.faults(topic)).toEqual([]);
  });

  it('keep each key in order while sessions are killed, keys are parked, events fall due and the ring is cleaned', async () => {
    const topic = letterTopic('mixed', { partitions: 3 });
    scene = await RelayScene.open(database, [topic]);
    const maintenance = new OutboxMaintenance(scene.db, {
      retentionMs: 1,
      retentionBytes: 1,
      intervalMs: 1,
    });
    const relays = Array.from({ length: 3 }, () =>
      scene.relay({ pollIntervalMs: 100, maxAttempts: 1_000 }),
    );
    const limit = (bytes: number) =>
      scene.db.query(
        `update postamt.topics set config = config || '{"max.message.bytes": ${bytes}}' where name = 'mixed'`,
      );
    maintenance.start();
    let published = 0;
    const publish = async (events: Parameters<typeof scene.publish>[1]) => {
      await scene.publish(topic, events);
      published += events.length;
    };
    for (let round = 0; round < 30; round += 1) {
      await publish(letters(64));
      // Nothing else is published for these keys.
      const late = letters(20, 1_000 + 20 * round);
      await publish(late.map((each) => ({ ...each, deliverAfterMs: 20 })));
      if (round % 10 === 2) await limit(1_000);
      if (round % 10 === 3)
        await publish(
          letters(5).map((each) => ({ ...each, value: 'x'.repeat(3_000) })),
        );
      if (round % 10 === 8) await limit(1_000_000);
      if (round % 5 === 4)
        await scene.db
          .query(
            `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and state in ('idle in transaction', 'active')
            and pid <> pg_backend_pid()`,
          )
          .catch(() => {});
    }
    await waitFor(
      'all to be moved',
      async () => (await scene.log(topic)).length >= published,
    );
    await waitFor('parts to be emptied', async () => {
      const { PUBLISHED = 0 } = await scene.counts();
      return PUBLISHED < published;
    });
    await maintenance.stop();
    await scene.close();
    expect(await scene.faults(topic)).toEqual([]);
    expect(
      relays.reduce((sum, { status }) => sum + status.failures, 0),
    ).toBeGreaterThan(0);
  }, 90_000);
});
