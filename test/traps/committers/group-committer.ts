import {
  commitOffsets,
  committedOffsets,
  Membership,
  type OwnedPartition,
} from '#groups';
import type {
  Committer,
  MakeCommitter,
  OpenedWork,
  Tenure,
} from './committer.js';
import { GROUP, TOPIC, type GroupScene } from './group-scene.js';

/** The product's fence: the group's generation, checked with the offset before the effects, in their transaction. */
class GroupCommitter implements Committer {
  readonly #scene: GroupScene;
  #holder: Membership | undefined;

  constructor(scene: GroupScene) {
    this.#scene = scene;
  }

  async takeOver(): Promise<Tenure> {
    const { db } = this.#scene.stage;
    await this.#holder?.expire();
    const holder = await Membership.join(db, { group: GROUP, topics: [TOPIC] });
    this.#holder = holder;
    const [partition] = holder.owned as [OwnedPartition];
    const committed = await committedOffsets(db, [partition]);
    const from = committed.get(partition.id)?.offset ?? null;
    return { from, work: () => this.#work(partition, from) };
  }

  async #work(
    partition: OwnedPartition,
    from: bigint | null,
  ): Promise<OpenedWork> {
    const { stage, end: next } = this.#scene;
    return stage.pause({
      read: (tx) => commitOffsets(tx, [{ partition, previous: from, next }]),
      write: (tx) => this.#scene.apply(tx, from),
    });
  }
}

export const groupCommitter: MakeCommitter = async (scene) =>
  new GroupCommitter(scene);
