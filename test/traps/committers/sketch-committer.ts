import type { SqlExecutor, Tx } from '#postgres';
import { PostamtError } from '#kernel';
import type { Committer, MakeCommitter, OpenedWork } from './committer.js';
import type { GroupScene } from './group-scene.js';

/** The fence of a committer. A trap is a fence that lets a zombie through. */
export interface Fence {
  /** Reads the offset from which a new owner starts. */
  takeOver(scene: GroupScene): Promise<bigint | null>;
  /** Refuses work that did not start from the committed offset. `tx` is the transaction of the effects. */
  check(scene: GroupScene, tx: Tx, from: bigint | null): Promise<void>;
}

/** A committer reduced to its fence; its offsets stand in a table of its own, where nothing refuses anything. */
class SketchCommitter implements Committer {
  readonly #scene: GroupScene;
  readonly #fence: Fence;

  constructor(scene: GroupScene, fence: Fence) {
    this.#scene = scene;
    this.#fence = fence;
  }

  async takeOver(): Promise<bigint | null> {
    return this.#fence.takeOver(this.#scene);
  }

  async work(from: bigint | null): Promise<OpenedWork> {
    const { stage, end } = this.#scene;
    return stage.pause({
      read: (tx) => this.#fence.check(this.#scene, tx, from),
      write: async (tx) => {
        await this.#scene.apply(tx, from);
        await tx.query('insert into trap_offsets (next) values ($1)', [end]);
      },
    });
  }
}

/** Makes a committer with this fence. */
export function sketchCommitter(fence: Fence): MakeCommitter {
  return async (scene) => {
    await scene.stage.db.query(
      'create table trap_offsets (number bigint generated always as identity, next bigint not null)',
    );
    return new SketchCommitter(scene, fence);
  };
}

/** The design's fence: lock, then compare, inside the transaction of the effects; a new owner reads under the lock. */
export const sound: Fence = {
  takeOver: (scene) =>
    scene.stage.db.transaction(async (tx) => {
      await lock(tx);
      return committed(tx);
    }),
  async check(_scene, tx, from) {
    await lock(tx);
    refuseUnless(from, await committed(tx));
  },
};

/** Trap 9: nobody compares. */
export const noFence: Fence = {
  ...sound,
  check: async () => {},
};

/** Trap 9 again: compares, under the lock, and has given the lock back before the effects. */
export const fenceInItsOwnTransaction: Fence = {
  ...sound,
  check: (scene, _tx, from) =>
    scene.stage.db.transaction(async (tx) => {
      await lock(tx);
      refuseUnless(from, await committed(tx));
    }),
};

async function lock(tx: Tx): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(4712)');
}

async function committed(db: SqlExecutor): Promise<bigint | null> {
  const { rows } = await db.query(
    'select next from trap_offsets order by number desc limit 1',
  );
  return rows[0] ? BigInt(rows[0].next as string) : null;
}

function refuseUnless(from: bigint | null, found: bigint | null): void {
  if (from === found) return;
  throw new PostamtError(
    'ILLEGAL_GENERATION',
    `committed offset is ${found ?? 'none'} and not ${from ?? 'none'}`,
  );
}
