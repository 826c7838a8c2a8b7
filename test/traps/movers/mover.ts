import type { Catalogue, Topic } from '#log';
import type { Database } from '#postgres';
import type { Client } from 'pg';
import type { PausedTransaction, Halves } from '../paused-transaction.js';

/** A database in which transactions can be stopped half way. */
export interface SceneStage {
  readonly db: Database;
  client(): Promise<Client>;
  pause<Found>(halves: Halves<Found>): Promise<PausedTransaction<Found>>;
}

/** What a mover moves: the outbox of this stage, to this topic. */
export interface MoverScene {
  readonly stage: SceneStage;
  readonly catalogue: Catalogue;
  readonly topic: Topic;
}

/** Moves committed outbox events into their topic, in moves that can be stopped half way. */
export interface Mover {
  /** Begins a move: what it will move is decided when this resolves. */
  open(stops?: Stops): Promise<OpenedMove>;
}

/** Where a move can be made to stop on its way to {@link OpenedMove}. */
export interface Stops {
  /** Called inside the move's transaction, right before it asks for its lock. */
  readonly beforeLock?: () => Promise<void>;
  /** Called when it holds its lock and knows from where to where it goes, right before it reads the events. */
  readonly beforeRead?: () => Promise<void>;
}

/** A move that has read and not written. */
export interface OpenedMove {
  /** How many events it is going to move. */
  readonly found: number;
  /** Whether it knows that it left something for the next move. */
  readonly more: boolean;
  /** Appends, moves the cursor, commits. */
  finish(): Promise<void>;
}

/** Makes a mover for a scene, with whatever tables it needs. */
export type MakeMover = (scene: MoverScene) => Promise<Mover>;

/** Moves until a move finds nothing more. */
export async function drain(mover: Mover): Promise<void> {
  for (;;) {
    const move = await mover.open();
    await move.finish();
    if (move.found === 0 && !move.more) return;
  }
}
