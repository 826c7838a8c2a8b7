import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Registry } from 'prom-client';
import { useDatabase } from '#testing';
import type { RelayStatus } from '../relay/relay-options.js';
import { PostOffice } from './fixtures/post-office.js';
import { registerOutboxMetrics } from './metrics.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

function relay(id: string, moved: number): { readonly status: RelayStatus } {
  const counts = { moved, parked: 2, failures: 1, lastError: undefined };
  return { status: { id, state: 'running', ...counts } };
}

/** The samples of a registry, by their names. */
async function samples(registry: Registry): Promise<Map<string, number>> {
  const lines = (await registry.metrics()).split('\n');
  return new Map(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const [name = '', value] = line.split(' ');
        return [name, Number(value)];
      }),
  );
}

describe('registerOutboxMetrics', () => {
  it('serves what waits, and what each relay of the process has done', async () => {
    const db = database.open();
    const office = await PostOffice.open(db);
    await office.bad({ key: 'a' });
    await office.good({ key: 'a' });
    await office.good({ key: 'b', deliverAfterMs: 3_600_000 });
    await office.move(1);
    await office.bad({ key: 'c' });
    await office.move(5);
    await office.good({ key: 'd' });
    const registry = new Registry();
    const relays = [relay('one', 3), relay('two', 4)];
    registerOutboxMetrics(db, { registry, relays });
    const metrics = await samples(registry);
    expect(Object.fromEntries(metrics)).toMatchObject({
      postamt_outbox_up: 1,
      postamt_outbox_pending_events: 1,
      postamt_outbox_delayed_events: 1,
      postamt_outbox_parked_events: 3,
      postamt_outbox_parked_keys: 2,
      postamt_outbox_failed_keys: 1,
      postamt_postgres_oldest_prepared_transaction_seconds: 0,
      'postamt_relay_moved_events_total{relay="one"}': 3,
      'postamt_relay_moved_events_total{relay="two"}': 4,
      'postamt_relay_parked_events_total{relay="two"}': 2,
      'postamt_relay_failures_total{relay="one"}': 1,
    });
    expect(
      metrics.get('postamt_outbox_oldest_pending_seconds'),
    ).toBeGreaterThan(0);
  });

  it('says that it reads nothing where the database is gone', async () => {
    const db = database.open();
    const registry = new Registry();
    registerOutboxMetrics(db, { registry, relays: [relay('one', 3)] });
    await db.close();
    expect(Object.fromEntries(await samples(registry))).toEqual({
      postamt_outbox_up: 0,
      'postamt_relay_moved_events_total{relay="one"}': 3,
      'postamt_relay_parked_events_total{relay="one"}': 2,
      'postamt_relay_failures_total{relay="one"}': 1,
    });
  });
});
