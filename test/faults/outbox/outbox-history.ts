/** An event as a writer published it. */
export interface PublishedNote {
  readonly id: string;
  readonly topic: string;
  readonly key: string | null;
  /** Its place among the events of its topic and key. */
  readonly version: number;
  /** The version that its value bears; 0 where it was not known when it was published. */
  readonly carried: number;
  /** Not before this time, in milliseconds since 1970. */
  readonly due: number | null;
}

/** A writer is about to end a transaction, or has given it up. */
export interface TransactionEnding {
  readonly kind: 'ending';
  /** Milliseconds since 1970; the processes of a run share one clock. */
  readonly at: number;
  readonly transaction: string;
  readonly ending: 'commit' | 'rollback';
  readonly events: readonly PublishedNote[];
  /** What it rolled back to a savepoint. */
  readonly undone: readonly PublishedNote[];
}

/** What a writer was told. Without this line, or with `unknown`, nobody told it anything. */
export interface TransactionEnded {
  readonly kind: 'ended';
  readonly at: number;
  readonly transaction: string;
  readonly outcome: 'committed' | 'rolled back' | 'unknown';
  /** The code of the error, for whoever reads the history. */
  readonly error?: string;
}

export type WriterEvent = TransactionEnding | TransactionEnded;

/** An event that was committed: the business table says so. */
export interface LedgerEntry extends PublishedNote {
  readonly transaction: string;
}

/** A record as it stands in its topic. */
export interface StoredEvent {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** The id in its header. */
  readonly id: string;
  readonly key: string | null;
  /** The version in its value. */
  readonly carried: number;
  /** In a topic with LogAppendTime, when it was appended, in milliseconds since 1970. */
  readonly timestamp: number;
}

/** What `postamt.outbox` says of an event. */
export interface ShownStatus {
  readonly id: string;
  readonly topic: string;
  readonly status: string;
  readonly partition: number | null;
  readonly offset: bigint | null;
}

/** All that is left of a run, when everything is drained. */
export interface OutboxHistory {
  /** In the order of each writer. */
  readonly told: readonly WriterEvent[];
  readonly ledger: readonly LedgerEntry[];
  readonly log: readonly StoredEvent[];
  /** What was shown as published while it went on, and all that is shown in the end. */
  readonly shown: readonly ShownStatus[];
  /** Whatever still waits: parked keys, parked events, delayed events; in words. */
  readonly waiting: readonly string[];
}
