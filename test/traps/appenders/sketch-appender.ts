import type { PlannedAppend } from '#log';
import type { Tx } from '#postgres';
import type { Appender, MakeAppender, OpenedAppend } from './appender.js';
import type { LogScene } from './log-scene.js';

/** An append as a sketch sees it: where to, and which lock goes with it. */
export interface Slot {
  readonly leaf: string;
  readonly lock: bigint;
  readonly plan: PlannedAppend;
}

/** Appends one batch at the head of its partition. A trap is a way to do that which is wrong. */
export type AppendStep = (tx: Tx, slot: Slot) => Promise<void>;

/** An appender reduced to what is right or wrong about it. It takes the lock that the log takes. */
class SketchAppender implements Appender {
  readonly #scene: LogScene;
  readonly #step: AppendStep;

  constructor(scene: LogScene, step: AppendStep) {
    this.#scene = scene;
    this.#step = step;
  }

  async open(ids: readonly string[]): Promise<OpenedAppend> {
    const { stage, leaf } = this.#scene;
    const plan = this.#scene.plan(ids);
    const appended = await stage.pause({
      read: async (tx) => {
        const [lock = 0n] = tx.lockKeys('partition', [plan.partition.id]);
        await this.#step(tx, { leaf, lock, plan });
      },
      write: async () => {},
    });
    return {
      finish: async () => {
        await appended.finish();
        this.#scene.noteAcknowledged(ids);
      },
    };
  }
}

/** Makes an appender of this step, and the function that one of the traps calls. */
export function sketchAppender(step: AppendStep): MakeAppender {
  return async (scene) => {
    await scene.stage.db.query(
      `create function trap_head(partition int, lock bigint) returns bigint language plpgsql stable as $$
      begin
        perform pg_advisory_xact_lock(lock);
        return (
          select head.last_offset + 1 from ${scene.leaf} as head
          where head.partition_id = partition order by head.base_offset desc limit 1
        );
      end $$`,
    );
    return new SketchAppender(scene, step);
  };
}
