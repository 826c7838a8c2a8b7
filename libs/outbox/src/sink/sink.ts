import type { PostamtError } from '#kernel';

/** An event as a sink takes it. */
export interface SinkEvent {
  readonly id: bigint;
  readonly eventId: string;
  readonly topic: string;
  readonly topicNumber: number;
  /** When it happened, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** In the order of the publish; the header `id` bears the event's id and comes first. */
  readonly headers: readonly { readonly key: string; readonly value: Buffer }[];
}

/** The delivery that was begun last, by whichever relay. */
export interface LastDelivery {
  /** Counts up by one with each delivery, from 1. */
  readonly number: bigint;
  /** The events that were about to be sent. */
  readonly ids: readonly bigint[];
  /** Whether the move that sent them has committed. */
  readonly done: boolean;
}

/** What is noted in Postgres so that a sink elsewhere can know, after a crash, what it had been given. */
export interface DeliveryJournal {
  last(): Promise<LastDelivery | undefined>;
  /** Notes, in a transaction of its own that is committed when it resolves, what is about to be sent. Returns its number. */
  begin(ids: readonly bigint[]): Promise<bigint>;
}

/** Where some events stand now. */
export interface SinkBatch {
  readonly topicNumber: number;
  readonly partition: number;
  /** The offset of the first, where those of the others follow without a gap; null where that is not known. */
  readonly baseOffset: bigint | null;
  /** In the order of their offsets. */
  readonly ids: readonly bigint[];
}

/** An event that cannot be taken: its key is parked, and the others go on. */
export interface Refusal {
  readonly id: bigint;
  readonly error: PostamtError;
}

/** What came of a delivery. Every event is in a batch or refused, or was known to stand in the target already. */
export interface Delivered {
  readonly batches: readonly SinkBatch[];
  readonly refused: readonly Refusal[];
}

/**
 * Where a relay brings events when that is not this database's log. One relay at a time ships to it, whatever the
 * shards; the relay sees to that, by a lock that can be lost with its connection: what must not happen twice the sink
 * fences itself.
 */
export interface Sink {
  /** Stands in messages. */
  readonly name: string;
  /**
   * Brings the events to their topics, those of one key in the order given. A refused event takes the later ones of its
   * key with it: none of them may be delivered.
   *
   * @throws PostamtError, retriable, when the outcome of the whole is not known or nothing was delivered; the move is
   * tried again then
   */
  ship(
    events: readonly SinkEvent[],
    journal: DeliveryJournal,
  ): Promise<Delivered>;
  /** Lets go of connections. Idempotent. */
  close(): Promise<void>;
}
