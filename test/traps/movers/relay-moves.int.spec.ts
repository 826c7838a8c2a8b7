import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import {
  moveShards,
  openMove,
  shardOf,
  writeMove,
  type OpenMove,
} from '#outbox';
import { useStage } from '../use-stage.js';
import { drain } from './mover.js';
import { OutboxScene } from './outbox-scene.js';
import { RelayMover } from './relay-mover.js';
import { becomeAnotherServer, ORIGINS } from './another-server.js';

const onStage = useStage({ beforeAll, beforeEach, afterEach, afterAll });

/** A key, its shard, and another shard. */
const KEY = 'key';
const SHARD = shardOf(Buffer.from(KEY), '');
const OTHER_SHARD = SHARD === 0 ? 63 : SHARD - 1;
/** Other keys of the shard. */
const [SLOW = '', SLOWER = ''] = Array.from(
  { length: 1_000 },
  (_, n) => `key ${n}`,
).filter((key) => shardOf(Buffer.from(key), '') === SHARD);
const LIMITS = { rowsPerShard: 3, bytesPerShard: 1024 * 1024 };

async function play(rowsPerShard = 20_000) {
  const scene = await OutboxScene.open(onStage());
  const relay = new RelayMover(scene, rowsPerShard);
  const { stage, catalogue } = scene;
  const mover = { db: stage.db, catalogue, relay: 'trapped' };
  return { scene, relay, mover };
}

describe('what a move takes for committed', () => {
  it('leaves out what was rolled back to a savepoint', async () => {
    const { scene, relay } = await play();
    const transaction = await scene.begin();
    await transaction.publish(KEY);
    await transaction.savepoint();
    await transaction.publish(KEY);
    await transaction.rollbackToSavepoint();
    await transaction.savepoint();
    await transaction.publish(KEY);
    await drain(relay);
    await transaction.commit();
    await drain(relay);
    expect(await scene.violations()).toEqual([]);
  });

  it('leaves out what was rolled back after a move had seen it open', async () => {
    const { scene, relay } = await play();
    const transaction = await scene.begin();
    await transaction.publish(KEY);
    await scene.publishCommitted(KEY);
    await drain(relay);
    await transaction.rollback();
    await scene.publishCommitted(KEY);
    await drain(relay);
    expect(await scene.violations()).toEqual([]);
  });

  it('moves a prepared transaction once it is committed, and holds nobody up before', async () => {
    const { scene, relay } = await play();
    const prepared = await scene.begin();
    await prepared.publish('prepared');
    await prepared.prepare('first');
    await scene.publishCommitted(KEY);
    await drain(relay);
    expect(await scene.violations()).toEqual([]);
    await prepared.commitPrepared('first');
    expect(await scene.violations()).toMatchObject([{ rule: 'lost' }]);
    await drain(relay);
    expect(await scene.violations()).toEqual([]);
  });

  it('never moves a prepared transaction that is rolled back', async () => {
    const { scene, relay } = await play();
    const prepared = await scene.begin();
    await prepared.publish(KEY);
    await prepared.prepare('second');
    await drain(relay);
    await prepared.rollbackPrepared('second');
    await scene.publishCommitted(KEY);
    await drain(relay);
    expect(await scene.violations()).toEqual([]);
  });
});

/** A move that would write other cursors than it should. */
function withCursors(
  found: OpenMove,
  change: (cursor: { number: bigint }) => object,
): OpenMove {
  const source = found.source as NonNullable<OpenMove['source']>;
  const { name, events, hasMore } = source;
  return {
    ...found,
    source: {
      name,
      events,
      hasMore,
      conclude(outcome, retry) {
        const conclusion = source.conclude(outcome, retry);
        const cursors = conclusion.cursors.map((cursor) => ({
          ...cursor,
          ...change(cursor),
        }));
        return { ...conclusion, cursors };
      },
    },
  };
}

describe('the election of movers', () => {
  it('finds a shard busy while another move of it is open, and moves the others', async () => {
    const { scene, relay, mover } = await play();
    await scene.publishCommitted(KEY);
    const open = await scene.stage.pause({
      read: (tx) => openMove(tx, [SHARD]),
      write: (tx, found) => writeMove(tx, mover, found),
    });
    await scene.publishCommitted(KEY, 'another key');
    const moved = await moveShards(mover, [OTHER_SHARD, SHARD]);
    expect(moved).toMatchObject({ busy: [SHARD], events: 0 });
    await open.finish();
    await drain(relay);
    expect(await scene.violations()).toEqual([]);
  });

  it('takes the lock of each shard that it moves, in whatever order they are named', async () => {
    const { scene, mover } = await play();
    const descending = [SHARD, OTHER_SHARD].sort((a, b) => b - a);
    for (const held of descending) {
      const open = await scene.stage.pause({
        read: (tx) => openMove(tx, [held]),
        write: (tx, found) => writeMove(tx, mover, found),
      });
      expect((await moveShards(mover, descending)).busy).toEqual([held]);
      await open.finish();
    }
  });
});

describe('the cursor', () => {
  it('is refused where it would go back, with all that was moved beside it', async () => {
    const { scene, relay, mover } = await play();
    const { rows } = await scene.stage.db.query(
      'select pg_current_snapshot()::text as snapshot',
    );
    await scene.publishCommitted(KEY);
    await drain(relay);
    await scene.publishCommitted(KEY);
    const stale = await scene.stage.pause({
      read: (tx) => openMove(tx, [SHARD]),
      write: (tx, found) => {
        const snapshot = rows[0]?.snapshot as string;
        return writeMove(
          tx,
          mover,
          withCursors(found, () => ({ snapshot })),
        );
      },
    });
    await expect(stale.finish()).rejects.toMatchObject({
      code: 'STALE_CURSOR',
    });
    await drain(relay);
    expect(await scene.violations()).toEqual([]);
  });

  it('is refused under a number that another move took', async () => {
    const { scene, relay, mover } = await play();
    await scene.publishCommitted(KEY);
    await drain(relay);
    await scene.publishCommitted(KEY);
    const second = await scene.stage.pause({
      read: (tx) => openMove(tx, [SHARD]),
      write: (tx, found) => {
        const earlier = withCursors(found, ({ number }) => ({
          number: number - 1n,
        }));
        return writeMove(tx, mover, earlier);
      },
    });
    await expect(second.finish()).rejects.toMatchObject({
      code: 'STALE_CURSOR',
    });
    await drain(relay);
    expect(await scene.violations()).toEqual([]);
  });
});

describe('a large difference', () => {
  it('is moved page by page, while early transactions commit late and new ones go on', async () => {
    const { scene, relay } = await play(LIMITS.rowsPerShard);
    const slow = await scene.begin();
    await slow.publish(SLOW);
    for (let n = 0; n < 4; n += 1) await scene.publishCommitted(KEY, KEY);
    const slower = await scene.begin();
    await slower.publish(SLOWER);
    const first = await relay.open();
    expect(first).toMatchObject({ found: 3, more: true });
    await slow.commit();
    await first.finish();
    await scene.publishCommitted(KEY, KEY);
    const second = await relay.open();
    expect(second).toMatchObject({ found: 3, more: true });
    await second.finish();
    await slower.commit();
    await scene.publishCommitted(KEY, SLOW, SLOWER);
    await drain(relay);
    expect(await scene.violations()).toEqual([]);
  });

  it('goes on behind its last page when a mover dies between two pages', async () => {
    const { scene, relay, mover } = await play(LIMITS.rowsPerShard);
    for (let n = 0; n < 7; n += 1) await scene.publishCommitted(KEY);
    await (await relay.open()).finish();
    const dying = scene.stage.pause({
      read: (tx) => openMove(tx, [SHARD], LIMITS),
      write: async (tx, found) => {
        await tx.query('select pg_terminate_backend(pg_backend_pid())');
        await writeMove(tx, mover, found);
      },
    });
    await expect((await dying).finish()).rejects.toMatchObject({
      code: 'POSTGRES_UNAVAILABLE',
    });
    await drain(relay);
    expect(await scene.violations()).toEqual([]);
  });
});

describe.each(ORIGINS)('rows of a server %s', (origin) => {
  it('are published once, before what is published here, and what was moved there is not moved again', async () => {
    const { scene, relay } = await play(LIMITS.rowsPerShard);
    for (let n = 0; n < 4; n += 1)
      await scene.publishCommitted(KEY, 'another key');
    await drain(relay);
    for (let n = 0; n < 4; n += 1)
      await scene.publishCommitted(KEY, 'another key');
    await becomeAnotherServer(scene.stage.db, origin);
    await scene.publishCommitted(KEY, 'another key');
    await drain(relay);
    expect(await scene.violations()).toEqual([]);
    await scene.publishCommitted(KEY);
    await drain(relay);
    expect(await scene.violations()).toEqual([]);
  });

  it('are published once when their move was open half way through a page of them', async () => {
    const { scene, relay, mover } = await play();
    await (await relay.open()).finish();
    await scene.publishCommitted(KEY);
    await drain(relay);
    for (let n = 0; n < 4; n += 1) await scene.publishCommitted(KEY);
    await scene.stage.db.query('delete from postamt.outbox_cursors');
    await becomeAnotherServer(scene.stage.db, origin);
    const open = await scene.stage.pause({
      read: (tx) => openMove(tx, [SHARD], LIMITS),
      write: (tx, found) => writeMove(tx, mover, found),
    });
    // The first row of the page was moved there.
    expect(open.found.source?.events).toHaveLength(LIMITS.rowsPerShard - 1);
    const unsorted = [SHARD, OTHER_SHARD].sort((a, b) => b - a);
    await moveShards(mover, unsorted, LIMITS);
    await scene.publishCommitted(KEY);
    await open.finish();
    await drain(relay);
    expect(await scene.violations()).toEqual([]);
  });

  it('are published once when a page of an unfinished difference was moved there', async () => {
    const { scene, relay } = await play(LIMITS.rowsPerShard);
    for (let n = 0; n < 7; n += 1) await scene.publishCommitted(KEY);
    await (await relay.open()).finish();
    await becomeAnotherServer(scene.stage.db, origin);
    await scene.publishCommitted(KEY);
    await drain(relay);
    expect(await scene.violations()).toEqual([]);
  });
});
