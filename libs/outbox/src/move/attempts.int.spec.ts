import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { useDatabase, waitFor } from '#testing';
import { letterTopic, RelayScene } from '../relay/fixtures/relay-scene.js';

let scene: RelayScene;
afterEach(async () => scene.close());
const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('an attempt', () => {
  const limits = { rowsPerShard: 2, bytesPerShard: 1_000_000 };
  const attempts = async () => {
    const { rows } = await scene.db.query(
      'select attempts from postamt.outbox_parked_keys order by key',
    );
    return rows.map((row) => row.attempts);
  };

  it('is counted where it is made, and not where a key found no room', async () => {
    const topic = letterTopic('crowded');
    scene = await RelayScene.open(database, [topic]);
    await scene.publish(
      topic,
      ['a', 'b', 'a', 'b', 'a', 'b'].map((key) => ({ key, value: 'x' })),
    );
    await scene.db.query(
      `update postamt.topics set deleted_at = now() where name = 'crowded'`,
    );
    await scene.drain(limits);
    for (let attempt = 2; attempt <= 4; attempt += 1) {
      expect(await scene.makeDue()).toBe(2);
      await scene.drain(limits);
      expect(await attempts()).toEqual([attempt, attempt]);
    }
    expect(await scene.counts()).toEqual({ FAILED: 2, PARKED: 4 });
  });

  it('is counted where its session is killed in the middle, and made again', async () => {
    const topic = letterTopic('killed');
    scene = await RelayScene.open(database, [topic]);
    await scene.publish(topic, [
      { key: 'a', value: 'x'.repeat(3_000) },
      { key: 'a', value: 'y' },
    ]);
    const set = (bytes: number) =>
      scene.db.query(
        `update postamt.topics set config = config || '{"max.message.bytes": ${bytes}}'`,
      );
    await set(2_000);
    await scene.drain();
    await set(20_000);
    await scene.makeDue();
    const client = await scene.client();
    try {
      await client.query(
        'begin; lock table postamt.outbox_parked in share mode',
      );
      const moving = scene.move().catch((error: unknown) => error);
      await waitFor('the move to stand', async () => {
        const { rowCount } = await client.query(
          `select pg_terminate_backend(pid) from pg_locks where relation = 'postamt.outbox_parked'::regclass and not granted`,
        );
        return (rowCount ?? 0) > 0;
      });
      expect(await moving).toBeInstanceOf(Error);
      await client.query('commit');
    } finally {
      await client.end();
    }
    expect(await attempts()).toEqual([2]);
    await scene.tryAll();
    expect(await scene.counts()).toEqual({ PUBLISHED: 2 });
    expect(await scene.faults(topic)).toEqual([]);
  });
});
