import { append, partitionOf } from '#log';
import { moveShards, ALL_SHARDS } from '#outbox';
import { encodeRecordBatch } from '#records';
import { drain, type Mover } from '../../../traps/movers/mover.js';
import {
  sketchMover,
  type MoverSteps,
  type SketchEvent,
} from '../../../traps/movers/sketch-mover.js';
import * as steps from '../../../traps/movers/sketch-steps.js';
import { insertBatchAt, readHead } from '../../log/broken/sketch.js';
import type { BrokenScene } from './broken-scene.js';

/** Reads behind the greatest id: what draws an early id and commits late is lost. */
export async function readsBehindAnId(scene: BrokenScene): Promise<void> {
  await lateCommit(scene, await sketchMover(steps.idAsCursor)(scene));
}

async function lateCommit(scene: BrokenScene, mover: Mover): Promise<void> {
  const slow = await scene.begin();
  await slow.publish('slow');
  await scene.commit('fast');
  await drain(mover);
  await slow.end('commit');
  await drain(mover);
}

/** Moves its cursor in a transaction of its own, and dies before it appends. */
export async function movesItsCursorApart(scene: BrokenScene): Promise<void> {
  const { db } = scene.stage;
  const apart = steps.cursorApart(db);
  const dying: MoverSteps = {
    ...apart,
    async advance(tx, position, events) {
      await apart.advance(tx, position, events);
      const { rows } = await tx.query('select pg_backend_pid() as pid');
      await db.query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
    },
  };
  await scene.commit('a');
  const move = await (await sketchMover(dying)(scene)).open();
  await move.finish().catch(() => {});
}

/** Takes no lock: two of them move one event. */
export async function takesNoLock(scene: BrokenScene): Promise<void> {
  const mover = await sketchMover(steps.withoutLock)(scene);
  await scene.commit(null);
  const [first, second] = [await mover.open(), await mover.open()];
  await first.finish();
  await second.finish();
}

/** Claims rows with SKIP LOCKED: two of them have events of one key. */
export async function skipsLockedRows(scene: BrokenScene): Promise<void> {
  const mover = await sketchMover(steps.skipLocked)(scene);
  await scene.commit('a');
  await scene.commit('a');
  const [first, second] = [await mover.open(), await mover.open()];
  await second.finish();
  await first.finish();
}

/** Takes transaction ids for the order: whoever wrote elsewhere first has an early one. */
export async function ordersByTransaction(scene: BrokenScene): Promise<void> {
  const mover = await sketchMover(steps.orderByXid)(scene);
  const early = await scene.begin();
  await early.writeElsewhere();
  await scene.commit('a');
  await early.publish('a');
  await early.end('commit');
  await drain(mover);
}

/** Writes to the topic while the business transaction is open, which is rolled back. */
export async function writesPastTheOutbox(scene: BrokenScene): Promise<void> {
  const open = await scene.begin();
  await open.publish('a');
  const event = { id: '0', event_id: 'elsewhere', timestamp: '0' };
  await scene.commit('b');
  await drain(await sketchMover(steps.sound)(scene));
  const [{ value, key } = { value: null, key: null }] = await pending(scene);
  const batch = batchOf([{ ...event, key, value }]);
  const request = { topic: scene.topic.name, partition: 0, batch };
  await append(scene.stage.db, scene.catalogue, [request]);
  await open.end('rollback');
}

/** Puts each move into the next partition, whatever the keys. */
export async function takesPartitionsInTurn(scene: BrokenScene): Promise<void> {
  let moves = 0;
  const inTurn = { ...steps.sound, partition: () => moves++ };
  const mover = await sketchMover(inTurn)(scene);
  for (let n = 0; n < 2; n += 1) {
    await scene.commit('a');
    await drain(mover);
  }
}

/** Has one buffer for the values of a move. */
export async function sharesOneBuffer(scene: BrokenScene): Promise<void> {
  const sharing: MoverSteps = {
    ...steps.sound,
    async read(tx, position) {
      const events = await steps.sound.read(tx, position);
      const value = events.at(-1)?.value ?? null;
      return events.map((event) => ({ ...event, value }));
    },
  };
  const mover = await sketchMover(sharing)(scene);
  await scene.commit('a');
  await scene.commit('a');
  await drain(mover);
}

/** Takes what is delayed for what is due. */
export async function doesNotWait(scene: BrokenScene): Promise<void> {
  const open = await scene.begin();
  await open.publish('a', 3_600_000);
  await open.end('commit');
  await drain(await sketchMover(steps.sound)(scene));
}

/** A writer that takes a COMMIT whose answer is lost for one that failed. */
export async function takesUnknownForFailed(scene: BrokenScene): Promise<void> {
  const open = await scene.begin();
  await open.publish('a');
  await open.end('commit', 'rolled back');
  await drain(await sketchMover(steps.sound)(scene));
}

/** Notes each batch at the offset of the one before. */
export async function notesAStaleOffset(scene: BrokenScene): Promise<void> {
  const { stage, catalogue } = scene;
  scene.judgesStatus = true;
  await scene.commit('a');
  await moveShards({ db: stage.db, catalogue, relay: 'stale' }, ALL_SHARDS);
  await stage.db.query(
    `update ${stage.db.schema}.outbox_batches set base_offset = base_offset - 1`,
  );
}

/** Takes a lost connection for an event that cannot be moved. */
export async function parksWhatItLost(scene: BrokenScene): Promise<void> {
  const { db } = scene.stage;
  await scene.commit('a');
  await drain(await sketchMover(steps.sound)(scene));
  await db.query(
    `insert into ${db.schema}.outbox_parked_keys (topic_number, lane, shard, key, attempts, code, reason)
    values ($1, '\\x00', 0, '\\x61', 1, 'POSTGRES_UNAVAILABLE', 'the connection was lost')`,
    [scene.topic.number],
  );
}

/** Draws offsets from a sequence, which a move that is rolled back does not give back. */
export async function drawsOffsets(scene: BrokenScene): Promise<void> {
  const drawn = [0n, 2n];
  for (const base of drawn) {
    await scene.commit('a');
    await insertNext(scene, base);
  }
}

/** Reads the head before it has the partition's lock, and nothing refuses what it appends there. */
export async function readsTheHeadEarly(scene: BrokenScene): Promise<void> {
  const { stage, topic } = scene;
  await stage.db.query(
    `alter table ${stage.db.schema}.${topic.leaf} drop constraint ${topic.leaf}_pkey`,
  );
  const head = await readHead(stage.db, {
    db: stage.db,
    topic,
    partition: 0,
  });
  for (const key of ['a', 'b']) {
    await scene.commit(key);
    await insertNext(scene, head);
  }
}

/** Puts the last event into the leaf at that offset. */
async function insertNext(scene: BrokenScene, base: bigint): Promise<void> {
  const { db } = scene.stage;
  const events = (await pending(scene)).slice(-1);
  const { index: partition } = partitionOf(scene.topic, 0);
  const slot = { db, topic: scene.topic, partition };
  await insertBatchAt(db, slot, base, {
    bytes: batchOf(events),
    count: events.length,
  });
}

/** A relay without a mistake. */
export async function makesNoMistake(scene: BrokenScene): Promise<void> {
  const mover = await sketchMover(steps.sound)(scene);
  await lateCommit(scene, mover);
  const open = await scene.begin();
  await open.publish('a');
  await open.end('rollback');
  await drain(mover);
}

async function pending({ stage }: BrokenScene): Promise<SketchEvent[]> {
  const { rows } = await stage.db.query(
    `select id, event_id, key, value, timestamp from ${stage.db.schema}.outbox_events order by id`,
  );
  return rows as unknown as SketchEvent[];
}

function batchOf(events: readonly SketchEvent[]): Buffer {
  return encodeRecordBatch(
    events.map(({ timestamp, key, value, event_id }) => ({
      timestamp: Number(timestamp),
      key,
      value,
      headers: [{ key: 'id', value: Buffer.from(event_id) }],
    })),
  );
}
