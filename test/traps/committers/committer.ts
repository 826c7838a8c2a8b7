import type { GroupScene } from './group-scene.js';

/** Applies the records of one partition and commits the offset, in transactions that can be stopped before they end. */
export interface Committer {
  /** Takes the partition over: the committed offset from which its work starts, null = none. */
  takeOver(): Promise<bigint | null>;
  /** Begins to apply the records from `from` on; whatever is checked first is checked when this resolves. */
  work(from: bigint | null): Promise<OpenedWork>;
}

export interface OpenedWork {
  /** Applies the records and commits the offset behind them, in one transaction. */
  finish(): Promise<void>;
}

/** Makes a committer for a scene, with whatever tables it needs. */
export type MakeCommitter = (scene: GroupScene) => Promise<Committer>;
