import { isPostamtError, PostamtError } from '#kernel';
import { append, Catalogue } from '#log';
import type { Database } from '#postgres';
import { waitFor } from '#testing';
import { Halt } from '../../../traps/halt.js';
import { batchOf, offsetsOf } from '../batch-of.js';
import { TcpSwitch } from '../../tcp-switch.js';
import type { BrokenScene } from './broken-scene.js';
import { insertAt, readHead } from './sketch.js';

/** Says that it has appended before COMMIT, which never comes: its session is ended. */
export async function acknowledgesBeforeCommit(
  scene: BrokenScene,
): Promise<void> {
  const { db } = scene;
  const told = Promise.withResolvers<bigint[]>();
  const ended = new Halt();
  const writing = db.transaction(async (tx) => {
    told.resolve(await insertAt(tx, scene.slot, 0n, ['a']));
    const { rows } = await tx.query('select pg_backend_pid() as pid');
    await db.query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
    ended.release();
  });
  await scene.producer(() => told.promise).send(0, ['a']);
  await ended.stand();
  await writing.catch(() => {});
}

/** Reads the head before it takes the lock, from a time when another append is open. */
export async function readsHeadBeforeLock(scene: BrokenScene): Promise<void> {
  await scene.takeFenceAway();
  const bothHaveRead = new Halt();
  let read = 0;
  const producer = scene.producer((values) =>
    scene.db.transaction(async (tx) => {
      const head = await readHead(tx, scene.slot);
      if ((read += 1) === 2) bothHaveRead.release();
      await bothHaveRead.stand();
      await tx.lock('partition', [scene.topic.partitions[0]?.id as number]);
      return insertAt(tx, scene.slot, head, values);
    }),
  );
  await Promise.all([producer.send(0, ['a']), producer.send(0, ['b'])]);
}

/** Draws offsets from a sequence, which a transaction that is rolled back does not give back. */
export async function drawsOffsetsFromSequence(
  scene: BrokenScene,
): Promise<void> {
  const sequence = `public.offsets_of_${scene.topic.number}`;
  await scene.db.query(`create sequence ${sequence} minvalue 0`);
  const producer = scene.producer((values) =>
    scene.db.transaction(async (tx) => {
      const { rows } = await tx.query(`select nextval('${sequence}') as base`);
      const base = BigInt(rows[0]?.base as string);
      const offsets = await insertAt(tx, scene.slot, base, values);
      if (values.includes('refused'))
        throw new PostamtError('INVALID_RECORD', 'refused');
      return offsets;
    }),
  );
  for (const value of ['a', 'refused', 'b']) await producer.send(0, [value]);
}

/** Sends each batch on its own, so that the second overtakes the first. */
export async function letsBatchesOvertake(scene: BrokenScene): Promise<void> {
  const overtaken = new Halt();
  const producer = scene.producer((values) =>
    scene.db.transaction(async (tx) => {
      if (values.includes('first')) await overtaken.stand();
      const head = await readHead(tx, scene.slot);
      return insertAt(tx, scene.slot, head, values);
    }),
  );
  const first = producer.send(0, ['first']);
  await producer.send(0, ['second']);
  overtaken.release();
  await first;
}

/** With acks=0, drops what comes while a flush is under way. */
export async function dropsWhileBusy(scene: BrokenScene): Promise<void> {
  const flushed = new Halt();
  let busy: Promise<unknown> | undefined;
  const producer = scene.producer(async (values) => {
    busy ??= scene.db
      .transaction(async (tx) => {
        await flushed.stand();
        const head = await readHead(tx, scene.slot);
        await insertAt(tx, scene.slot, head, values);
      })
      .finally(() => (busy = undefined));
    return null;
  }, 0);
  await producer.send(0, ['a']);
  await producer.send(0, ['dropped']);
  flushed.release();
  await busy;
  await producer.send(0, ['c']);
  await busy;
}

/** Appends a marker of its own beside what it is given. */
export async function addsMarkers(scene: BrokenScene): Promise<void> {
  const producer = scene.producer((values) =>
    scene.db.transaction(async (tx) => {
      const head = await readHead(tx, scene.slot);
      const all = [...values, 'marker'];
      return (await insertAt(tx, scene.slot, head, all)).slice(0, -1);
    }),
  );
  await producer.send(0, ['a']);
}

/** Sends again what nobody knows the outcome of, without a sequence. */
export async function retriesWithoutSequence(
  scene: BrokenScene,
  open: (connection: string) => Database,
  connection: string,
): Promise<void> {
  await withLostAnswer(scene, connection, open, async (attempt) => {
    try {
      return await attempt();
    } catch {
      return attempt();
    }
  });
}

/** Takes a connection that was lost in COMMIT for an append that failed. */
export async function takesUnknownForFailed(
  scene: BrokenScene,
  open: (connection: string) => Database,
  connection: string,
): Promise<void> {
  await withLostAnswer(scene, connection, open, async (attempt) => {
    try {
      return await attempt();
    } catch (error) {
      if (!isPostamtError(error, 'OUTCOME_UNKNOWN')) throw error;
      throw new PostamtError('POSTGRES_UNAVAILABLE', 'nothing was appended');
    }
  });
}

/**
 * Sends by the engine's append until the answer to one is lost: its COMMIT is done, and the line breaks. (A wake-up on its
 * way may keep the line that is cut busy, so that the append takes another one.)
 */
async function withLostAnswer(
  scene: BrokenScene,
  connection: string,
  open: (connection: string) => Database,
  send: (attempt: () => Promise<bigint[]>) => Promise<bigint[]>,
): Promise<void> {
  const line = await TcpSwitch.open(Number(new URL(connection).port));
  const db = open(line.address(connection));
  const catalogue = new Catalogue(db);
  const topic = scene.topic.name;
  const losses: unknown[] = [];
  const producer = scene.producer((values) =>
    send(async () => {
      const request = { topic, partition: 0, batch: batchOf(values) };
      try {
        return offsetsOf((await append(db, catalogue, [request]))[0]);
      } catch (error) {
        losses.push(error);
        throw error;
      }
    }),
  );
  await producer.send(0, ['before']);
  for (let head = 1n; losses.length === 0; head += 1n) {
    const hangUp = line.cutAnswers();
    const sending = producer.send(0, [`a${head}`]);
    await waitFor(
      'the append to be there',
      async () => (await readHead(scene.db, scene.slot)) > head,
    );
    hangUp();
    await sending;
  }
  await db.close();
  await line.close();
}
