/** Every status that the view `outbox` shows. */
export const OUTBOX_STATUSES = [
  'PENDING',
  'DELAYED',
  'PUBLISHED',
  'PARKED',
  'FAILED',
  'DISCARDED',
] as const;

export type OutboxEventStatus = (typeof OUTBOX_STATUSES)[number];

/** What an operator can do something about. */
export const WAITING_STATUSES = ['DELAYED', 'PARKED', 'FAILED'] as const;

export type WaitingStatus = (typeof WAITING_STATUSES)[number];

/** An event that waits in the outbox, as it was when something was done about it. */
export interface WaitingEvent {
  /** The outbox's own number of it. */
  readonly id: bigint;
  readonly eventId: string;
  readonly topicNumber: number;
  /** Null when the topic is gone. */
  readonly topic: string | null;
  readonly key: Buffer | null;
  /** When it happened, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly status: WaitingStatus;
  /** When a DELAYED one is due, in milliseconds since 1970. */
  readonly dueAt: number | null;
  /** Why its key is parked: an error code, and words; null where it is only delayed. */
  readonly code: string | null;
  readonly reason: string | null;
}

/** The same with all that is needed to publish it once more. */
export interface DiscardedEvent extends WaitingEvent {
  readonly value: Buffer | null;
  /** In the order of the publish, without the header that bears the event's id. */
  readonly headers: readonly { readonly key: string; readonly value: Buffer }[];
}
