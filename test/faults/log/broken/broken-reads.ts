import { type Database, type EmbeddedPostgres } from '#postgres';
import { startStandby, waitFor } from '#testing';
import type { BrokenScene } from './broken-scene.js';
import { insertAt, readHead } from './sketch.js';

/** Appends without a mistake, but for what it knows of leader epochs: nothing. */
function simpleProducer(scene: BrokenScene) {
  return scene.producer((values) =>
    scene.db.transaction(async (tx) => {
      await tx.lock('partition', [scene.topic.partitions[0]?.id as number]);
      const head = await readHead(tx, scene.slot);
      return insertAt(tx, scene.slot, head, values);
    }),
  );
}

/** Nothing is wrong: what the others are compared with. */
export async function readsAndAppends(scene: BrokenScene): Promise<void> {
  const producer = simpleProducer(scene);
  await producer.send(0, ['a', 'b']);
  const next = await scene.read('r', 0n);
  await producer.send(0, ['c']);
  await scene.read('r', next);
}

/** Asks for the end of the log after it has read, and goes on from there. */
export async function goesOnFromTheEnd(scene: BrokenScene): Promise<void> {
  const producer = simpleProducer(scene);
  await producer.send(0, ['a']);
  await scene.read('r', 0n);
  await producer.send(0, ['between']);
  const end = await readHead(scene.db, scene.slot);
  await producer.send(0, ['c']);
  await scene.read('r', end);
}

/** Begins anew when it has lost its place, without a word. */
export async function beginsAnew(scene: BrokenScene): Promise<void> {
  await simpleProducer(scene).send(0, ['a', 'b']);
  await scene.read('r', 0n);
  await scene.read('r', 0n);
}

/**
 * A standby that lacks the tail is promoted and goes on in the same leader epoch: offsets that a reader has seen are given
 * to other values, and nobody is told.
 */
export async function reusesOffsets(
  scene: BrokenScene,
  server: EmbeddedPostgres,
  openAt: (server: string) => Database,
): Promise<void> {
  const producer = simpleProducer(scene);
  await producer.send(0, ['a']);
  const standby = await startStandby(server, { name: 'behind' });
  try {
    scene.db = openAt(standby.connectionString);
    await waitFor(
      'the standby to have the first value',
      async () => (await readHead(scene.db, scene.slot)) === 1n,
    );
    await standby.kill();
    scene.db = openAt(server.connectionString);
    await producer.send(0, ['tail']);
    const next = await scene.read('r', 0n);
    const from = Date.now();
    await server.crash();
    await standby.start();
    await standby.promote();
    const to = Date.now();
    scene.events.push({ kind: 'incident', what: 'promotion', from, to });
    scene.db = openAt(standby.connectionString);
    await producer.send(0, ['other', 'more']);
    await scene.read('r', next);
    const { log } = await scene.history();
    scene.finalLog = log;
  } finally {
    await standby.stop();
    await server.restart();
  }
}
