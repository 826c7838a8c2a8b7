/** How many replicas have to have flushed a send before it is acknowledged; Kafka's `acks`. */
export type SendAcks = 0 | 1 | 'all';

/** A value is about to be sent. Values are unique in a history. */
export interface SendInvoked {
  readonly kind: 'invoke';
  /** Milliseconds since 1970; the processes of a run share one clock. */
  readonly at: number;
  readonly producer: string;
  readonly partition: number;
  readonly value: string;
  readonly acks: SendAcks;
}

/**
 * What became of a send. `fail` says that the value is not in the log and never will be; `unknown` that nobody can say.
 * A send without an end (its process was killed) is unknown as well.
 */
export interface SendEnded {
  readonly kind: 'ok' | 'fail' | 'unknown';
  readonly at: number;
  readonly value: string;
  /** Where it stands, as the producer was told; null when it was told nothing (`acks=0`). */
  readonly offset?: bigint | null;
  /** The code of the error, for whoever reads the history. */
  readonly error?: string;
}

/** A reader was given a value. The polls of a reader stand in the order in which it got them. */
export interface Polled {
  readonly kind: 'poll';
  readonly reader: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly value: string;
  readonly leaderEpoch: number;
}

/**
 * A reader's position was set: `seek` by its own choice; `truncated` since it was told that what it had read from
 * `offset` on is not in the log any more; `end`: it says that it has read all up to `offset`.
 */
export interface Positioned {
  readonly kind: 'seek' | 'truncated' | 'end';
  readonly reader: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** A time in which the server, or the primary, was away: `from` is before the fault, `to` after the recovery. */
export interface Incident {
  readonly kind: 'incident';
  readonly what: 'crash' | 'promotion';
  readonly from: number;
  readonly to: number;
}

export type LogEvent = SendInvoked | SendEnded | Polled | Positioned | Incident;

/** A value as it stands in the final log. */
export interface StoredValue {
  readonly partition: number;
  readonly offset: bigint;
  readonly value: string;
}

/** What a run of producers and readers did, and what stood in the log in the end. */
export interface LogHistory {
  /** Each producer's and each reader's own events in their order; those of different ones in any. */
  readonly events: readonly LogEvent[];
  readonly log: readonly StoredValue[];
  /** Where each partition's log starts, for those that do not start at 0. */
  readonly logStart?: ReadonlyMap<number, bigint>;
}
