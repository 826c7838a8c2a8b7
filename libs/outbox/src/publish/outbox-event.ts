/** An event to be published. */
export interface OutboxEvent<Key = unknown, Value = unknown> {
  /** Events of one key keep their order; null or nothing = no order. */
  readonly key?: Key | null;
  /** Checked against the topic's schema; null = a tombstone. */
  readonly value: Value | null;
  /**
   * A UUID, which makes the publish idempotent: one that was given before, in the last `eventIdRetentionMs`, is a
   * duplicate. Without one, the event gets a new id (version 7), and nothing is looked up.
   */
  readonly id?: string;
  /** When it happened, in milliseconds since 1970; now by default. */
  readonly timestamp?: number;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
  /** Not into its topic before so many milliseconds from now, by the database's clock; at most ten years. */
  readonly deliverAfterMs?: number;
  /** Not into its topic before then; a number is milliseconds since 1970. One in the past is no delay. */
  readonly deliverAt?: Date | number;
}

export interface PublishOptions {
  /**
   * Take a lock on each key first, in the order of the keys, held until the transaction ends: for transactions that are
   * not serialised on the key otherwise, so that the order of their events is the order of their commits.
   */
  readonly lockKey?: boolean;
  /**
   * What becomes of an event whose id was given before, in this call or an earlier one: `refuse` (the default) throws
   * DUPLICATE_EVENT_ID and writes nothing of the call, `ignore` leaves that event out.
   */
  readonly onDuplicate?: 'refuse' | 'ignore';
}

/** What `publish` answers: the event's id, by which `postamt.outbox` shows its status. */
export interface PublishedEvent {
  readonly id: string;
  /** It was left out: an event with this id was published before. */
  readonly duplicate: boolean;
}

/** The header that bears the event's id in the log, as Debezium's outbox router names it. */
export const EVENT_ID_HEADER = 'id';
