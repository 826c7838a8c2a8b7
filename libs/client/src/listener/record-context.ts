import type { Transaction } from 'kysely';
import type { RecordHeader } from '#records';

/** What a handler is told of a record, beside its value. */
export interface RecordContext<DB = unknown, Key = unknown> {
  readonly topic: string;
  /** The partition's index in the topic. */
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Key | null;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly headers: readonly RecordHeader[];
  /** The id of the outbox event that the record came from; undefined where it came otherwise. */
  readonly eventId: string | undefined;
  /**
   * The transaction in which the offset is committed, over the user's own tables: what is written through it and the
   * offset are committed together or not at all.
   *
   * @throws PostamtError NOT_SUPPORTED in a listener that is not transactional.
   */
  readonly tx: Transaction<DB>;
}

/** What a handler of batches is told of its records, beside their values. */
export interface BatchContext<DB = unknown, Key = unknown> {
  readonly topic: string;
  /** The partition's index in the topic: the records of a batch are of one partition. */
  readonly partition: number;
  /** One for each value, in the same order. */
  readonly records: readonly RecordContext<DB, Key>[];
  /**
   * As {@link RecordContext.tx}: one transaction for the whole batch.
   *
   * @throws PostamtError NOT_SUPPORTED in a listener that is not transactional.
   */
  readonly tx: Transaction<DB>;
}
