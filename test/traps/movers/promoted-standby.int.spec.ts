import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { raiseLeaderEpochs } from '#log';
import { startStandby, waitFor, type Standby } from '#testing';
import { Cluster, type Place } from './cluster.js';
import { drain, type MakeMover, type Mover } from './mover.js';
import { OutboxScene } from './outbox-scene.js';
import { relayMover } from './relay-mover.js';
import { sketchMover, type MoverSteps, type Position } from './sketch-mover.js';
import * as steps from './sketch-steps.js';

const KEY = 'key';

let primary: Cluster;
let standby: Standby;
let promoted: Place | undefined;

beforeEach(async () => {
  primary = await Cluster.start();
  standby = await startStandby(primary.server, { name: 'promoted' });
});
afterEach(async () => {
  await promoted?.close();
  promoted = undefined;
  await standby.stop();
  await primary.stop();
});

/** Waits until the standby has all that the primary wrote. */
async function caughtUp(place: Place): Promise<void> {
  const { rows } = await place.db.query(
    `select pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::text as position`,
  );
  const position = BigInt(rows[0]?.position as string);
  await waitFor(
    'the standby to have it all',
    async () => (await standby.flushedPosition()) >= position,
  );
}

/**
 * Something is moved and something pending when the standby goes deaf; the primary moves that and more, which nobody but
 * the primary has; it is killed, the standby promoted, and there the application and its relay go on.
 */
async function promote(make: MakeMover): Promise<OutboxScene<Place>> {
  const place = await primary.place();
  const before = await OutboxScene.open(place);
  const mover = await make(before);
  await before.publishCommitted(KEY);
  await drain(mover);
  await before.publishCommitted(KEY);
  await caughtUp(place);
  const kept = await OutboxScene.open(place, before);
  await standby.pause();
  await drain(mover);
  await before.publishCommitted(KEY, 'another key');
  for (let n = 0; n < 20; n += 1) await before.publishCommitted(null);
  await drain(mover);
  await primary.closePlaces();
  await primary.server.crash();
  await standby.kill();
  await standby.start();
  await standby.promote();
  promoted = Cluster.sameAs(place, standby.connectionString);
  // As a relay does that finds its server on another timeline.
  await raiseLeaderEpochs(promoted.db, [before.topic.number]);
  return OutboxScene.open(promoted, kept);
}

async function goOn(
  scene: OutboxScene<Place>,
  mover: Mover,
): Promise<OutboxScene<Place>> {
  await scene.publishCommitted(KEY);
  await drain(mover);
  await scene.publishCommitted(KEY, 'another key');
  await drain(mover);
  return scene;
}

/** Keeps its cursor in the memory of its process, which outlives the promotion. */
function cursorInMemory(): MoverSteps {
  let kept: Position | undefined;
  return {
    ...steps.sound,
    async look(tx, beforeLock) {
      const position = await steps.sound.look(tx, beforeLock);
      return { ...position, last: kept?.now ?? position.last };
    },
    advance: async (_tx, position) => {
      kept = position;
    },
  };
}

describe('a promoted standby', () => {
  it('publishes all that it has once and in order', async () => {
    const scene = await promote(relayMover(20_000));
    await goOn(scene, await relayMover(20_000)(scene));
    expect(await scene.violations()).toEqual([]);
  });

  it('catches a naive relay that keeps its cursor in memory', async () => {
    const naive = cursorInMemory();
    const scene = await promote(sketchMover(naive));
    await scene.stage.db.query('drop table trap_cursors');
    await goOn(scene, await sketchMover(naive)(scene));
    const broken = (await scene.violations()).map(({ rule }) => rule);
    expect(new Set(broken)).toEqual(new Set(['lost']));
  });
});
