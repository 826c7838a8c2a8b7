import type { GroupScene } from './group-scene.js';

/** Applies the records of one partition and commits the offset, in transactions that can be stopped before they end. */
export interface Committer {
  /** Takes the partition over from whoever has it, who is taken for gone. */
  takeOver(): Promise<Tenure>;
}

/** What a holder of the partition has, as long as nobody takes it over. */
export interface Tenure {
  /** The committed offset from which its work starts, null = none. */
  readonly from: bigint | null;
  /** Begins to apply the records behind that; whatever is checked first is checked when this resolves. */
  work(): Promise<OpenedWork>;
}

export interface OpenedWork {
  /** Applies the records and commits the offset behind them, in one transaction. */
  finish(): Promise<void>;
}

/** Makes a committer for a scene, with whatever tables it needs. */
export type MakeCommitter = (scene: GroupScene) => Promise<Committer>;
