import type { Client } from 'pg';
import type { Violation } from '#testing';
import { drain, type Mover } from './mover.js';
import type { OutboxScene } from './outbox-scene.js';

/** An interleaving: ends with what the checker says of it. */
export type MoverScenario = (
  scene: OutboxScene,
  mover: Mover,
) => Promise<Violation[]>;

/** An event draws its id, another one is committed and moved, then the first one commits. */
export const lateCommitOfAnEarlyId: MoverScenario = async (scene, mover) => {
  const slow = await scene.begin();
  await slow.publish('slow');
  await scene.publishCommitted('fast');
  await drain(mover);
  await slow.commit();
  await drain(mover);
  return scene.violations();
};

/** An event is committed while somebody else's transaction stands open; the log is judged before that one ends. */
export function whileOpen(
  hold: (scene: OutboxScene) => Promise<() => Promise<unknown>>,
): MoverScenario {
  return async (scene, mover) => {
    const release = await hold(scene);
    await scene.publishCommitted('mine');
    await drain(mover);
    const violations = await scene.violations();
    await release();
    return violations;
  };
}

/** A transaction of this database that has written, and not to the outbox. */
export async function writerHere(scene: OutboxScene) {
  return openWriter(await scene.stage.client());
}

/** A transaction of another database of the cluster that has written. */
export async function writerElsewhere(scene: OutboxScene) {
  return openWriter(await scene.stage.clientElsewhere());
}

/** A prepared transaction, which no connection holds. */
export async function preparedWriter(scene: OutboxScene) {
  const client = await scene.stage.client();
  await openWriter(client);
  await client.query(`prepare transaction 'somebody'`);
  return () => client.query(`rollback prepared 'somebody'`);
}

async function openWriter(client: Client) {
  await client.query('begin');
  await client.query('select pg_current_xact_id()');
  return () => client.query('commit');
}

/** Two movers at once, while two events of one key are pending. */
export const twoMoversOnOneKey: MoverScenario = async (scene, mover) => {
  await scene.publishCommitted('key');
  await scene.publishCommitted('key');
  await twoMoves(scene, mover);
  await drain(mover);
  return scene.violations();
};

/** Two movers at once, while one event is pending. */
export const twoMoversOnOneEvent: MoverScenario = async (scene, mover) => {
  await scene.publishCommitted(null);
  await twoMoves(scene, mover);
  await drain(mover);
  return scene.violations();
};

/** The second mover overtakes the first one where nothing holds it up. */
async function twoMoves(scene: OutboxScene, mover: Mover): Promise<void> {
  const first = await mover.open();
  const second = mover.open();
  if (await scene.stage.heldUp(second)) {
    await first.finish();
    await (await second).finish();
  } else {
    await (await second).finish();
    await first.finish();
  }
}

/** A transaction that begins first publishes second. */
export const earlierBeginning: MoverScenario = async (scene, mover) => {
  const early = await scene.begin();
  await scene.publishCommitted('key');
  await early.publish('key');
  await early.commit();
  await drain(mover);
  return scene.violations();
};

/** A transaction that writes elsewhere first publishes second. */
export const earlierWriteElsewhere: MoverScenario = async (scene, mover) => {
  const early = await scene.begin();
  await early.writeElsewhere();
  await scene.publishCommitted('key');
  await early.publish('key');
  await early.commit();
  await drain(mover);
  return scene.violations();
};

/**
 * A transaction publishes, rolls some of it back to a savepoint and publishes behind another one; it is open while a later
 * transaction is moved.
 */
export const savepoints: MoverScenario = async (scene, mover) => {
  const open = await scene.begin();
  await open.publish('key');
  await open.savepoint();
  await open.publish('key');
  await open.rollbackToSavepoint();
  await open.savepoint();
  await open.publish('key');
  await scene.publishCommitted('another key');
  await drain(mover);
  await open.commit();
  await drain(mover);
  return scene.violations();
};

/** A mover stalls right before it asks for its lock; meanwhile an event is committed and another mover moves it. */
export const stallBeforeTheLock: MoverScenario = async (scene, mover) => {
  await scene.publishCommitted(null);
  await drain(mover);
  const halt = scene.stage.halt();
  const stalled = mover.open({ beforeLock: () => halt.stand() });
  await halt.arrived;
  await scene.publishCommitted(null);
  await drain(mover);
  halt.release();
  await (await stalled).finish();
  await drain(mover);
  return scene.violations();
};

/** A mover stalls between its snapshot and its reading; meanwhile an event is committed that was open in the snapshot. */
export const commitBeforeTheRead: MoverScenario = async (scene, mover) => {
  const slow = await scene.begin();
  await slow.publish(null);
  await scene.publishCommitted(null);
  const halt = scene.stage.halt();
  const stalled = mover.open({ beforeRead: () => halt.stand() });
  await halt.arrived;
  await slow.commit();
  halt.release();
  await (await stalled).finish();
  await drain(mover);
  return scene.violations();
};
