import {
  type Appended,
  type AppendRequest,
  type Catalogue,
  initProducerId,
  LogWriter,
  type ProducerIdentity,
} from '#log';
import type { Database } from '#postgres';
import type { ProducerAcks } from './producer-options.js';

/** The log, as the sender sees it: a writer of one's own, and a producer id. */
export class LogAppender {
  readonly #db: Database;
  readonly #writer: LogWriter;
  #identity: Promise<ProducerIdentity> | undefined;

  constructor(db: Database, catalogue: Catalogue) {
    this.#db = db;
    this.#writer = new LogWriter(db, catalogue);
  }

  /** Appends batches in one transaction: all of them stand in the log when it resolves, or none. */
  async append(
    requests: readonly AppendRequest[],
    acks: ProducerAcks,
  ): Promise<readonly Appended[]> {
    return this.#writer.append(requests, { acks, built: true });
  }

  /** The producer id, taken when it is first asked for. */
  async identity(): Promise<ProducerIdentity> {
    this.#identity ??= initProducerId(this.#db);
    try {
      return await this.#identity;
    } catch (error) {
      this.#identity = undefined;
      throw error;
    }
  }

  /** Takes another producer id when one is asked for next. */
  forgetIdentity(): void {
    this.#identity = undefined;
  }

  /** Waits for what was handed over, and takes no more. */
  async close(): Promise<void> {
    await this.#writer.close();
  }
}
