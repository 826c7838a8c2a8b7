import { append, appendStatement, Catalogue, lockPartitions } from '#log';
import type { BoundStatement, Tx } from '#postgres';
import type { Appender, MakeAppender, OpenedAppend } from './appender.js';
import type { LogScene } from './log-scene.js';

/** The log's own statements, in a transaction that stops before COMMIT. */
class HaltedAppender implements Appender {
  readonly #scene: LogScene;

  constructor(scene: LogScene) {
    this.#scene = scene;
  }

  async open(ids: readonly string[]): Promise<OpenedAppend> {
    const plan = this.#scene.plan(ids);
    const appended = await this.#scene.stage.pause({
      read: async (tx) => {
        await send(tx, lockPartitions(tx, [plan]));
        await send(tx, appendStatement(plan, tx));
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

/** Single records halt before COMMIT; longer batches go through the log's own `append`, which does not halt. */
class FlightAppender implements Appender {
  readonly #scene: LogScene;
  readonly #catalogue: Catalogue;
  readonly #halting: Appender;

  constructor(scene: LogScene) {
    this.#scene = scene;
    this.#catalogue = new Catalogue(scene.stage.db);
    this.#halting = new HaltedAppender(scene);
  }

  async open(ids: readonly string[]): Promise<OpenedAppend> {
    if (ids.length === 1) return this.#halting.open(ids);
    const { topic, stage } = this.#scene;
    const batch = this.#scene.plan(ids).bytes;
    await append(stage.db, this.#catalogue, [
      { topic: topic.name, partition: 0, batch },
    ]);
    return { finish: async () => this.#scene.noteAcknowledged(ids) };
  }
}

export const haltedAppender: MakeAppender = async (scene) =>
  new HaltedAppender(scene);

export const flightAppender: MakeAppender = async (scene) =>
  new FlightAppender(scene);

async function send(tx: Tx, { text, values }: BoundStatement): Promise<void> {
  await tx.query(text(tx.schema), [...values]);
}
