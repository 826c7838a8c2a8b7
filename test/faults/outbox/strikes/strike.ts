import type { OutboxStage } from '../outbox-stage.js';

/** One fault; it notes what it hit, and leaves a stage on which everybody goes on. */
export interface Strike {
  readonly name: string;
  readonly play: (stage: OutboxStage) => Promise<void>;
}
