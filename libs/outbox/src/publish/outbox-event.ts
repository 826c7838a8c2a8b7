/** An event to be published. */
export interface OutboxEvent<Key = unknown, Value = unknown> {
  /** Events of one key keep their order; null or nothing = no order. */
  readonly key?: Key | null;
  /** Checked against the topic's schema; null = a tombstone. */
  readonly value: Value | null;
  /** A UUID; a new one (version 7) by default. */
  readonly id?: string;
  /** When it happened, in milliseconds since 1970; now by default. */
  readonly timestamp?: number;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
}

export interface PublishOptions {
  /**
   * Take a lock on each key first, in the order of the keys, held until the transaction ends: for transactions that are
   * not serialised on the key otherwise, so that the order of their events is the order of their commits.
   */
  readonly lockKey?: boolean;
}

/** What `publish` answers: the event's id, by which `postamt.outbox` shows its status. */
export interface PublishedEvent {
  readonly id: string;
}

/** The header that bears the event's id in the log, as Debezium's outbox router names it. */
export const EVENT_ID_HEADER = 'id';
