import { ALL_SHARDS, openMove, writeMove, type MoveLimits } from '#outbox';
import type { Tx } from '#postgres';
import type {
  MakeMover,
  Mover,
  MoverScene,
  OpenedMove,
  Stops,
} from './mover.js';

/** The relay's own move, stopped between its halves. */
export class RelayMover implements Mover {
  readonly #scene: MoverScene;
  readonly #limits: MoveLimits;

  constructor(scene: MoverScene, rowsPerShard: number) {
    this.#scene = scene;
    this.#limits = { rowsPerShard, bytesPerShard: 1024 * 1024 };
  }

  async open({ beforeLock, beforeRead }: Stops = {}): Promise<OpenedMove> {
    const { stage, catalogue } = this.#scene;
    const mover = { db: stage.db, catalogue, relay: 'trapped' };
    const move = await stage.pause({
      read: async (tx) => {
        await beforeLock?.();
        if (beforeRead) stopBefore(tx, 'read_difference', beforeRead);
        return openMove(tx, ALL_SHARDS, this.#limits);
      },
      write: (tx, found) => writeMove(tx, mover, found),
    });
    return {
      found: move.found.source?.events.length ?? 0,
      more: move.found.source?.hasMore ?? false,
      finish: () => move.finish(),
    };
  }
}

/** Has a transaction stop before it sends the hot statement of that name. */
function stopBefore(tx: Tx, name: string, stop: () => Promise<void>): void {
  const run: Tx['run'] = tx.run.bind(tx);
  tx.run = async (statement, values) => {
    if (statement.name === name) await stop();
    return run(statement, values);
  };
}

/** Makes the relay's mover with pages of so many rows. */
export function relayMover(rowsPerShard: number): MakeMover {
  return async (scene) => new RelayMover(scene, rowsPerShard);
}
