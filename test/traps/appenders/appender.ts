import type { LogScene } from './log-scene.js';

/** Appends batches to a partition, in transactions that can be stopped before they commit. */
export interface Appender {
  /** Appends one batch of these records; it has its offsets, and is not committed, when this resolves. */
  open(ids: readonly string[]): Promise<OpenedAppend>;
}

export interface OpenedAppend {
  /** Commits. */
  finish(): Promise<void>;
}

/** Makes an appender for a scene, with whatever it needs there. */
export type MakeAppender = (scene: LogScene) => Promise<Appender>;
