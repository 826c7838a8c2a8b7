import type { GroupStage } from '../group-stage.js';

/** One fault; it notes what it hit, and leaves a stage on which everybody goes on. */
export interface Strike {
  readonly name: string;
  readonly play: (stage: GroupStage) => Promise<void>;
}
