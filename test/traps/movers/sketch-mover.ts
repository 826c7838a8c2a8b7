import { appendStatement, lockPartitions, partitionOf, planAppend } from '#log';
import type { Tx } from '#postgres';
import { encodeRecordBatch } from '#records';
import type {
  MakeMover,
  Mover,
  MoverScene,
  OpenedMove,
  Stops,
} from './mover.js';

/** Where a move starts and ends: snapshots, for whoever goes by them, and the greatest id moved, for whoever does not. */
export interface Position {
  readonly last: string;
  readonly now: string;
  readonly lastId: string;
}

/** An outbox event, as far as moving needs it. */
export interface SketchEvent {
  readonly id: string;
  readonly event_id: string;
  readonly key: Buffer | null;
  readonly timestamp: string;
  readonly value: Buffer | null;
}

/** The steps of a move. A trap is a set of steps in which one is wrong. */
export interface MoverSteps {
  /** Takes the lock and reads the position. `beforeLock` is called right before the lock is asked for. */
  look(tx: Tx, beforeLock: () => Promise<void>): Promise<Position>;
  /** Reads what is to be moved, in the order in which it is to be appended. */
  read(tx: Tx, position: Position): Promise<SketchEvent[]>;
  /** Notes what has been moved. */
  advance(
    tx: Tx,
    position: Position,
    events: readonly SketchEvent[],
  ): Promise<void>;
  /** The index of the partition that a move appends to; 0 by default. */
  readonly partition?: () => number;
}

/** A mover reduced to what is right or wrong about it; it appends through the real log. */
export class SketchMover implements Mover {
  readonly #scene: MoverScene;
  readonly #steps: MoverSteps;

  constructor(scene: MoverScene, steps: MoverSteps) {
    this.#scene = scene;
    this.#steps = steps;
  }

  async open(stops: Stops = {}): Promise<OpenedMove> {
    const { beforeLock = async () => {}, beforeRead } = stops;
    const move = await this.#scene.stage.pause({
      read: async (tx) => {
        const position = await this.#steps.look(tx, beforeLock);
        await beforeRead?.();
        return { position, events: await this.#steps.read(tx, position) };
      },
      write: async (tx, { position, events }) => {
        await this.#steps.advance(tx, position, events);
        if (events.length > 0) await this.#append(tx, events);
      },
    });
    const found = move.found.events.length;
    return { found, more: false, finish: () => move.finish() };
  }

  async #append(tx: Tx, events: readonly SketchEvent[]): Promise<void> {
    const { topic } = this.#scene;
    const batch = encodeRecordBatch(
      events.map((event) => ({
        timestamp: Number(event.timestamp),
        key: event.key,
        value: event.value,
        headers: [{ key: 'id', value: Buffer.from(event.event_id) }],
      })),
    );
    const plan = planAppend(
      topic,
      partitionOf(topic, this.#steps.partition?.() ?? 0),
      batch,
    );
    await tx.writeAndCommit([
      lockPartitions(tx, [plan]),
      appendStatement(plan, tx),
    ]);
  }
}

/** Makes a mover of these steps, with the table that it keeps its cursor in. Nothing in that table refuses anything. */
export function sketchMover(steps: MoverSteps): MakeMover {
  return async (scene) => {
    await scene.stage.db.query(
      `create table trap_cursors (
        number bigint generated always as identity, snapshot pg_snapshot not null, last_id bigint not null
      )`,
    );
    return new SketchMover(scene, steps);
  };
}
