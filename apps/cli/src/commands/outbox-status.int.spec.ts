import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Outbox, Relay } from '#outbox';
import { defineTopic } from '#schemas';
import { useDatabase, waitFor } from '#testing';
import { captureCli } from '../fixtures/captured-cli.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const value = { type: 'string' } as const;
const letters = defineTopic('letters', { value });
const parcels = defineTopic('parcels', { value });

async function status(...args: string[]): Promise<string> {
  const target = ['--database-url', database.connectionString];
  const run = await captureCli(...target, 'outbox', 'status', ...args);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  return run.stdout;
}

async function statusJson(): Promise<{ pending: number }> {
  return JSON.parse(await status('--json')) as { pending: number };
}

describe('postamt outbox status', () => {
  it('is zeros for an outbox that is empty', async () => {
    expect(await status()).toBe(
      'topic  pending  delayed  published  parked  failed  discarded  oldest pending\n' +
        '(all)        0        0          0       0       0          0  -\n',
    );
  });

  it('counts by topic and status, and says how old the oldest is that waits', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [letters, parcels]);
    const publish = (topic: typeof letters, minutes: number) =>
      db.transaction((tx) =>
        outbox.publish(tx, topic, {
          value: 'x',
          timestamp: Date.now() - minutes * 60_000 - 1_000,
        }),
      );
    await publish(letters, 0);
    const relay = new Relay(db);
    relay.start();
    await waitFor('the relay', async () => (await statusJson()).pending === 0);
    await relay.stop();
    await publish(letters, 5);
    await publish(letters, 2);
    await publish(parcels, 3);
    expect((await status()).split('\n')).toEqual([
      'topic    pending  delayed  published  parked  failed  discarded  oldest pending',
      'letters        2        0          1       0       0          0  5 min',
      'parcels        1        0          0       0       0          0  3 min',
      '(all)          3        0          1       0       0          0  5 min',
      '',
    ]);
    expect(await statusJson()).toEqual({
      delayed: 0,
      parked: 0,
      failed: 0,
      discarded: 0,
      pending: 3,
      published: 1,
      oldestPendingMs: expect.any(Number),
      topics: [
        expect.objectContaining({ topic: 'letters', pending: 2, published: 1 }),
        expect.objectContaining({ topic: 'parcels', pending: 1, published: 0 }),
      ],
    });
  });
});
