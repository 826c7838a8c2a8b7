import type { Database } from '#postgres';
import type { SendAcks } from '#testing';

/** What a producer of a fault test appends by: the engine's own ways, and broken ones that the checker has to catch. */
export interface Appender {
  /** How many sends to one partition may be under way at once without their order being lost. */
  readonly inFlight: number;

  /**
   * Appends values to one partition, in their order, and resolves to the offset of each, or to null where it was told
   * none. What it throws says, by `outcomeOf`, whether they may be in the log.
   */
  send(
    partition: number,
    values: readonly string[],
  ): Promise<readonly bigint[] | null>;

  close(): Promise<void>;
}

/** Where an appender appends. */
export interface AppenderPlace {
  readonly db: Database;
  readonly topic: string;
  readonly acks: SendAcks;
}

export type OpenAppender = (place: AppenderPlace) => Promise<Appender>;
