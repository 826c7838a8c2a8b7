import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Relay } from '#outbox';
import { waitFor } from '#testing';
import { Cluster, type Place } from './cluster.js';
import { clear, copyRows, moveSequenceOn, tablesOf } from './copy-rows.js';
import { drain, type MakeMover } from './mover.js';
import { OutboxScene } from './outbox-scene.js';
import { relayMover } from './relay-mover.js';
import { sketchMover } from './sketch-mover.js';
import * as steps from './sketch-steps.js';

/** Where the transaction ids of the server that rows come from stand, beside those of the one that they come to. */
const ORIGINS = ['far ahead', 'behind'] as const;
type Origin = (typeof ORIGINS)[number];

const MOVED = 'moved there';
const PENDING = 'pending there';
const NEW = 'new here';
const EVENTS = /^outbox_events_/;

let ahead: Cluster;
let behind: Cluster;

beforeAll(async () => {
  [ahead, behind] = await Promise.all([Cluster.start(), Cluster.start()]);
  await ahead.spendTransactionIds(5_000);
});
afterEach(async () => {
  await Promise.all([ahead.closePlaces(), behind.closePlaces()]);
});
afterAll(async () => {
  await Promise.all([ahead.stop(), behind.stop()]);
});

/** An outbox with something moved and something pending, and an empty one on another server. */
async function twoServers(origin: Origin) {
  const [from, to] = origin === 'behind' ? [behind, ahead] : [ahead, behind];
  const old = await OutboxScene.open(await from.place());
  await old.publishCommitted(MOVED, MOVED, PENDING);
  await drain(await relayMover(20_000)(old));
  await old.publishCommitted(PENDING, PENDING);
  const place = await to.place();
  const fresh = await OutboxScene.open(place);
  const tables = await tablesOf(place.db);
  await clear(place.db, tables);
  return { old, place, tables, fresh };
}

/** All rows are there before anything is moved. */
async function copiedWhole(origin: Origin, make: MakeMover) {
  const { old, place, tables } = await twoServers(origin);
  await copyRows(old.stage.db, place.db, tables);
  await moveSequenceOn(place.db);
  const scene = await OutboxScene.open(place, old);
  const mover = await make(scene);
  await scene.publishCommitted(PENDING, NEW);
  await drain(mover);
  await scene.publishCommitted(PENDING, MOVED);
  await drain(mover);
  return scene;
}

/** Events come when new ones have been written and moved there already. */
async function copiedLate(
  origin: Origin,
  move: (scene: OutboxScene<Place>) => Promise<void>,
  { restoresSequence }: { readonly restoresSequence: boolean },
) {
  const { old, place, tables } = await twoServers(origin);
  const events = tables.filter((table) => EVENTS.test(table));
  const others = tables.filter((table) => !EVENTS.test(table));
  await copyRows(old.stage.db, place.db, others);
  if (restoresSequence) await moveSequenceOn(place.db);
  const scene = await OutboxScene.open(place, old);
  for (let n = 0; n < 4; n += 1) await scene.publishCommitted(NEW);
  await move(scene);
  await copyRows(old.stage.db, place.db, events);
  await move(scene);
  return scene;
}

/** Has a relay run until all is published. */
async function relayUntilPublished(scene: OutboxScene<Place>): Promise<void> {
  const { db } = scene.stage;
  const relay = new Relay(db, { pollIntervalMs: 50 });
  relay.start();
  try {
    await waitFor('all to be published', async () => {
      const { rows } = await db.query(
        `select count(*)::int as pending from ${db.schema}.outbox where status <> 'PUBLISHED'`,
      );
      return rows[0]?.pending === 0;
    });
  } finally {
    await relay.stop();
  }
}

describe.each(ORIGINS)(
  'rows copied logically from a cluster whose transaction ids are %s, while some are PENDING',
  (origin) => {
    it('are published once and in order, what was moved there is not moved again', async () => {
      const scene = await copiedWhole(origin, relayMover(20_000));
      expect(await scene.violations()).toEqual([]);
    });

    it('are published once and in order when they are moved in pages of one row', async () => {
      const scene = await copiedWhole(origin, relayMover(1));
      expect(await scene.violations()).toEqual([]);
    });

    it('are published once when new ones have been written and moved there first', async () => {
      const options = { restoresSequence: true };
      const scene = await copiedLate(origin, relayUntilPublished, options);
      expect(await scene.violations()).toEqual([]);
    });

    it('are published once when new ones were moved there first, with ids that they have too', async () => {
      const options = { restoresSequence: false };
      const scene = await copiedLate(origin, relayUntilPublished, options);
      expect(await scene.violations()).toEqual([]);
    });

    it('catch a naive relay that takes their transaction ids for its own', async () => {
      const scene = await copiedWhole(origin, sketchMover(steps.sound));
      const broken = (await scene.violations()).map(({ rule }) => rule);
      expect(broken).toContain(origin === 'behind' ? 'duplicate' : 'lost');
    });
  },
);
