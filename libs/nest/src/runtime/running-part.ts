import type { ListenerStatus } from '#client';

/** How one member of a group is doing in this process. */
export interface SubscriptionStatus extends ListenerStatus {
  readonly topic: string;
  readonly group: string;
  /** Class and method. */
  readonly handler: string;
  /** Which of the group's members, from 0. */
  readonly member: number;
}

/** Something that runs with the application. */
export interface RunningPart {
  start(): Promise<void>;
  stop(deadlineMs: number): Promise<void>;
  readonly statuses: readonly SubscriptionStatus[];
}
