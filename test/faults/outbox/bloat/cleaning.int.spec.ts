import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Outbox, OutboxMaintenance, Relay } from '#outbox';
import { waitFor } from '#testing';
import type { Stage } from '../../../traps/stage.js';
import { useStage } from '../../../traps/use-stage.js';
import { changes } from '../desk/topics.js';
import { LockWatch } from './lock-watch.js';
import { Publishers } from './publishers.js';

const onStage = useStage({ beforeAll, beforeEach, afterEach, afterAll });
const PUBLISHERS = 3;
/** Each part of the ring twice. */
const PARTS = 8;

/** Business transactions that publish, a relay, and somebody who watches whether they wait. */
async function underLoad(
  stage: Stage,
  act: (publishers: Publishers, watch: LockWatch) => Promise<void>,
): Promise<LockWatch> {
  const { db } = stage;
  const publishers = new Publishers(await Outbox.open(db, [changes]));
  const clients = await Promise.all(
    Array.from({ length: PUBLISHERS }, () => stage.client()),
  );
  const relay = new Relay(db, { pollIntervalMs: 100 });
  const watch = new LockWatch(db);
  relay.start();
  watch.start();
  try {
    await publishers.start(clients);
    await act(publishers, watch);
  } finally {
    await publishers.stop();
    await watch.stop();
    await relay.stop();
  }
  return watch;
}

describe('a business INSERT', () => {
  it('never waits while parts of the ring are cleaned', async () => {
    const { db } = onStage();
    const cleaned: number[] = [];
    const watch = await underLoad(onStage(), async (publishers, looking) => {
      const maintenance = new OutboxMaintenance(db, { retentionMs: 1 });
      await waitFor(
        `${PARTS} parts to be cleaned`,
        async () => {
          cleaned.push(...(await maintenance.runOnce()).cleaned);
          return cleaned.length >= PARTS;
        },
        { timeoutMs: 60_000, intervalMs: 1 },
      );
      await publishers.progress(1);
      await looking.looked(1);
    });
    expect(watch.waits).toEqual([]);
  }, 90_000);

  it('is seen to wait where a part is detached to be dropped, behind somebody who reads', async () => {
    const watch = await underLoad(onStage(), async (_, looking) => {
      const reader = await onStage().client();
      await reader.query('begin');
      await reader.query('select count(*) from postamt.outbox_events');
      const cleaner = await onStage().client();
      await cleaner.query('begin');
      const detached = cleaner.query(
        'alter table postamt.outbox_events detach partition postamt.outbox_events_3',
      );
      await waitFor('a publisher to wait', () => looking.waits.length > 0);
      await reader.query('rollback');
      await detached;
      await cleaner.query('rollback');
    });
    expect(watch.waits.length).toBeGreaterThan(0);
  }, 90_000);
});
