import { Catalogue, type Topic } from '#log';
import { Outbox } from '#outbox';
import {
  checkHistory,
  readLog,
  waitFor,
  type CommittedEvent,
  type Violation,
} from '#testing';
import type { Stage } from '../stage.js';
import { BusinessTransaction, type Ledger } from './business-transaction.js';
import { happenings } from './happenings.js';

/** An application with an outbox, and the book of what it committed. */
export class OutboxScene implements Ledger {
  readonly stage: Stage;
  readonly catalogue: Catalogue;
  readonly outbox: Outbox;
  readonly topic: Topic;
  readonly #committed: CommittedEvent[] = [];
  readonly #versions = new Map<string | null, number>();

  private constructor(
    stage: Stage,
    outbox: Outbox,
    catalogue: Catalogue,
    topic: Topic,
  ) {
    this.stage = stage;
    this.outbox = outbox;
    this.catalogue = catalogue;
    this.topic = topic;
  }

  static async open(stage: Stage): Promise<OutboxScene> {
    const outbox = await Outbox.open(stage.db, [happenings]);
    const catalogue = new Catalogue(stage.db);
    const topic = await catalogue.topic(happenings.name);
    return new OutboxScene(stage, outbox, catalogue, topic);
  }

  /** Begins a transaction, in a later millisecond than the one before. */
  async begin(): Promise<BusinessTransaction> {
    const client = await this.stage.client();
    const begun = await BusinessTransaction.begin(client, this);
    await waitFor(
      'the next millisecond',
      async () => {
        const { rows } = await this.stage.db.query(
          'select floor(extract(epoch from clock_timestamp()) * 1000) > $1 as later',
          [begun.beganAt],
        );
        return rows[0]?.later === true;
      },
      { intervalMs: 1 },
    );
    return begun;
  }

  /** A transaction that publishes one event for each key and commits. */
  async publishCommitted(...keys: (string | null)[]): Promise<void> {
    const transaction = await this.begin();
    for (const key of keys) await transaction.publish(key);
    await transaction.commit();
  }

  nextVersion(key: string | null): number {
    const version = (this.#versions.get(key) ?? 0) + 1;
    this.#versions.set(key, version);
    return version;
  }

  noteCommitted(events: readonly CommittedEvent[]): void {
    this.#committed.push(...events);
  }

  /** What the checker has to say of the log as it stands now. */
  async violations(): Promise<Violation[]> {
    const records = await readLog(this.stage.db, happenings.name);
    const log = records.map(({ partition, offset, headers }) => ({
      partition,
      offset,
      id: String(headers[0]?.value),
    }));
    return checkHistory({ committed: this.#committed, log });
  }
}
