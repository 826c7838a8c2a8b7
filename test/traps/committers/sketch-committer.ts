import type { SqlExecutor, Tx } from '#postgres';
import { PostamtError } from '#kernel';
import type {
  Committer,
  MakeCommitter,
  OpenedWork,
  Tenure,
} from './committer.js';
import type { GroupScene } from './group-scene.js';

/** The fence of a committer. A trap is a fence that lets a zombie through. */
export interface Fence {
  /** Reads the offset from which a new owner starts. */
  takeOver(scene: GroupScene): Promise<bigint | null>;
  /** Refuses work that may not be done. `tx` is the transaction of the effects. */
  check(scene: GroupScene, tx: Tx, holder: Holder): Promise<void>;
}

/** Who works, from where on. */
export interface Holder {
  readonly from: bigint | null;
  /** Whether nobody has taken the partition over since. */
  readonly isOwner: () => boolean;
  /** What its own clock says, in milliseconds. */
  readonly clock: () => number;
  /** When it took the partition over, by that clock. */
  readonly leasedAt: number;
}

/** How much the clock of each holder is ahead of the one's before. */
const AHEAD_MS = 60_000;

/** A committer reduced to its fence; its offsets stand in a table of its own, where nothing refuses anything. */
class SketchCommitter implements Committer {
  readonly #scene: GroupScene;
  readonly #fence: Fence;
  #turns = 0;

  constructor(scene: GroupScene, fence: Fence) {
    this.#scene = scene;
    this.#fence = fence;
  }

  async takeOver(): Promise<Tenure> {
    const turn = (this.#turns += 1);
    const isOwner = () => this.#turns === turn;
    const clock = () => Date.now() + turn * AHEAD_MS;
    const from = await this.#fence.takeOver(this.#scene);
    const holder = { from, isOwner, clock, leasedAt: clock() };
    return { from, work: () => this.#work(holder) };
  }

  async #work(holder: Holder): Promise<OpenedWork> {
    const { stage, end } = this.#scene;
    return stage.pause({
      read: (tx) => this.#fence.check(this.#scene, tx, holder),
      write: async (tx) => {
        await this.#scene.apply(tx, holder.from);
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
  async check(_scene, tx, { from }) {
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
  check: (scene, _tx, { from }) =>
    scene.stage.db.transaction(async (tx) => {
      await lock(tx);
      refuseUnless(from, await committed(tx));
    }),
};

/** The generation without its lock: looks whether it is the owner still, and holds nothing that keeps it that. */
export const ownerWithoutLock: Fence = {
  takeOver: (scene) => committed(scene.stage.db),
  async check(_scene, _tx, { isOwner }) {
    if (isOwner()) return;
    throw new PostamtError('ILLEGAL_GENERATION', 'there is another owner');
  },
};

const LEASE_MS = 10_000;

/**
 * Two owners by clock: a lease of ten seconds, in the table, taken and looked at by clocks of the holders' own. That of
 * each is a minute ahead of the one's before, to whom its lease is good while the next one takes it for over.
 */
export const leaseByClock: Fence = {
  takeOver: (scene) => committed(scene.stage.db),
  async check(_scene, _tx, { clock, leasedAt }) {
    if (clock() <= leasedAt + LEASE_MS) return;
    throw new PostamtError('ILLEGAL_GENERATION', 'the lease is over');
  },
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
