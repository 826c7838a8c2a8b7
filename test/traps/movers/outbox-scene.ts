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
import type { MoverScene, SceneStage } from './mover.js';
import { BusinessTransaction, type Ledger } from './business-transaction.js';
import { happenings } from './happenings.js';

/** An application with an outbox, and the book of what it committed. */
export class OutboxScene<OnStage extends SceneStage = Stage>
  implements Ledger, MoverScene
{
  readonly stage: OnStage;
  readonly catalogue: Catalogue;
  readonly outbox: Outbox;
  readonly topic: Topic;
  readonly #committed: CommittedEvent[];
  readonly #versions: Map<string | null, number>;

  private constructor(
    parts: Pick<
      OutboxScene<OnStage>,
      'stage' | 'outbox' | 'catalogue' | 'topic'
    >,
    before: OutboxScene<OnStage> | undefined,
  ) {
    this.stage = parts.stage;
    this.outbox = parts.outbox;
    this.catalogue = parts.catalogue;
    this.topic = parts.topic;
    this.#committed = [...(before ? before.#committed : [])];
    this.#versions = new Map(before ? before.#versions : []);
  }

  /** Opens a scene; with another one `before`, it goes on with the book of that one. */
  static async open<OnStage extends SceneStage>(
    stage: OnStage,
    before?: OutboxScene<OnStage>,
  ): Promise<OutboxScene<OnStage>> {
    const outbox = await Outbox.open(stage.db, [happenings]);
    const catalogue = new Catalogue(stage.db);
    const topic = await catalogue.topic(happenings.name);
    return new OutboxScene({ stage, outbox, catalogue, topic }, before);
  }

  /** The ids of what stands in the topic, in the order of offsets. */
  async published(): Promise<string[]> {
    const records = await readLog(this.stage.db, happenings.name);
    return records.map(({ headers }) => String(headers[0]?.value));
  }

  /** The ids of what was committed. */
  get committed(): string[] {
    return this.#committed.map(({ id }) => id);
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
