import { commitOffset, committedOffset } from '#groups';
import type { Committer, MakeCommitter, OpenedWork } from './committer.js';
import type { GroupScene } from './group-scene.js';

/** The product's fence: commits the offset before the effects, in their transaction. */
class GroupCommitter implements Committer {
  readonly #scene: GroupScene;

  constructor(scene: GroupScene) {
    this.#scene = scene;
  }

  async takeOver(): Promise<bigint | null> {
    const { stage, partition } = this.#scene;
    return (await committedOffset(stage.db, partition)) ?? null;
  }

  async work(from: bigint | null): Promise<OpenedWork> {
    const { stage, partition, end: next } = this.#scene;
    return stage.pause({
      read: (tx) => commitOffset(tx, { partition, previous: from, next }),
      write: (tx) => this.#scene.apply(tx, from),
    });
  }
}

export const groupCommitter: MakeCommitter = async (scene) =>
  new GroupCommitter(scene);
