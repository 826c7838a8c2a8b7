import type { Lane } from './lane.js';
import type { ListenerLog } from './listener-log.js';

/** What handles the records of a listener's lanes. */
export interface LaneWork {
  /** Starts what can be started now. */
  pump(): void;
}

/** What it works with, and whom it tells. */
export interface WorkParts {
  readonly lanes: ReadonlySet<Lane>;
  readonly log: ListenerLog;
  /** From then on nothing new is started. */
  readonly stopping: AbortSignal;
  /** Records were handled and their offset committed. */
  readonly onHandled: (records: number) => void;
  /** More of a lane is done, and its offset is to be committed. */
  readonly onDone: (lane: Lane) => void;
  /** A lane has less left than before. */
  readonly onDrained: (lane: Lane) => void;
  /** Less runs of a lane than before. */
  readonly onIdle: (lane: Lane) => void;
  /** Its start is to be looked up anew. */
  readonly onRestart: () => void;
  /** A commit of it was refused. */
  readonly onRefused: (lane: Lane) => void;
}
