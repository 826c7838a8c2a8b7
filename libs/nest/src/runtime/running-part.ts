import type { ListenerStatus } from '#client';

/** How a handler's member of its group is doing in this process. */
export interface SubscriptionStatus extends ListenerStatus {
  readonly topic: string;
  readonly group: string;
  /** Class and method. */
  readonly handler: string;
  /** The indexes of the partitions that it has now. */
  readonly partitions: readonly number[];
}

/** Something that runs with the application. */
export interface RunningPart {
  start(): Promise<void>;
  stop(deadlineMs: number): Promise<void>;
  readonly statuses: readonly SubscriptionStatus[];
}
