import { isPostamtError, PostamtError, sleep } from '#kernel';
import {
  Catalogue,
  initProducerId,
  LogWriter,
  type ProducerIdentity,
} from '#log';
import type { Appender, AppenderPlace, OpenAppender } from './appender.js';
import { batchOf, offsetsOf } from './batch-of.js';
import { outcomeOf } from './outcome-of.js';

/** Who a partition's batches come from, and the sequence of the next record. */
interface Lane {
  readonly identity: ProducerIdentity;
  next: number;
}

const PATIENCE_MS = 60_000;
const BACK_OFF_MS = 25;

/**
 * Idempotent batches built by hand: each is sent again, under its sequence, until an answer says what became of it. One
 * is under way to a partition, so that a sequence that the log refuses means that the log has lost what went before (a
 * promotion), never that a batch overtook another: then it begins anew under another producer id.
 */
class SequenceAppender implements Appender {
  readonly inFlight = 1;
  readonly #place: AppenderPlace;
  readonly #writer: LogWriter;
  readonly #lanes = new Map<number, Lane>();

  constructor(place: AppenderPlace) {
    this.#place = place;
    this.#writer = new LogWriter(place.db, new Catalogue(place.db));
  }

  async send(partition: number, values: readonly string[]): Promise<bigint[]> {
    const deadline = Date.now() + PATIENCE_MS;
    let unknown: unknown;
    for (;;) {
      try {
        return await this.#attempt(partition, values);
      } catch (error) {
        if (isPostamtError(error, 'OUT_OF_ORDER_SEQUENCE_NUMBER')) {
          this.#lanes.delete(partition);
          unknown = undefined;
        }
        if (outcomeOf(error) === 'unknown') unknown = error;
        if (Date.now() < deadline) await sleep(BACK_OFF_MS);
        else throw this.#gaveUp(partition, unknown ?? error, unknown);
      }
    }
  }

  async close(): Promise<void> {
    await this.#writer.close();
  }

  async #attempt(
    partition: number,
    values: readonly string[],
  ): Promise<bigint[]> {
    const { db, topic, acks } = this.#place;
    const lane = this.#lanes.get(partition) ?? {
      identity: await initProducerId(db),
      next: 0,
    };
    this.#lanes.set(partition, lane);
    const batch = batchOf(values, {
      ...lane.identity,
      baseSequence: lane.next,
    });
    const request = { topic, partition, batch };
    const [appended] = await this.#writer.append([request], { acks });
    lane.next += values.length;
    return offsetsOf(appended);
  }

  /** What comes next must not stand behind a sequence of which nobody knows whether it is there. */
  #gaveUp(partition: number, error: unknown, unknown: unknown): unknown {
    this.#lanes.delete(partition);
    if (unknown === undefined) return error;
    const words = `gave up on a batch after ${PATIENCE_MS} ms`;
    return new PostamtError('OUTCOME_UNKNOWN', words, { cause: error });
  }
}

export const sequenceAppender: OpenAppender = async (place) =>
  new SequenceAppender(place);
