import { Catalogue, type Topic } from '#log';
import { Outbox } from '#outbox';
import type { Client } from 'pg';
import { decodeRecordBatch } from '#records';
import type { MoverScene } from '../../../traps/movers/mover.js';
import type { Stage } from '../../../traps/stage.js';
import { createDesk } from '../desk/desk-tables.js';
import { DeskTransaction } from '../desk/desk-transaction.js';
import { changes, TOPICS } from '../desk/topics.js';
import type { TransactionPlan } from '../desk/transaction-plan.js';
import { valueOf } from '../desk/value-of.js';
import type {
  OutboxHistory,
  StoredEvent,
  TransactionEnded,
  WriterEvent,
} from '../outbox-history.js';
import { readHistory } from '../read-history.js';

/** A transaction of a broken scene, on a connection of its own. */
export interface OpenDesk {
  publish(key: string | null, delayMs?: number | null): Promise<void>;
  writeElsewhere(): Promise<void>;
  end(
    ending: TransactionPlan['ending'],
    told?: TransactionEnded['outcome'],
  ): Promise<void>;
}

/** The desk, for a relay with a mistake in it, judged as a run is. */
export class BrokenScene implements MoverScene {
  readonly stage: Stage;
  readonly catalogue: Catalogue;
  readonly topic: Topic;
  /** Sketches of relays do not keep `postamt.outbox` up to date: it is judged where this is set. */
  judgesStatus = false;
  readonly #outbox: Outbox;
  readonly #told: WriterEvent[] = [];

  private constructor(
    stage: Stage,
    outbox: Outbox,
    topic: Topic,
    catalogue: Catalogue,
  ) {
    this.stage = stage;
    this.#outbox = outbox;
    this.topic = topic;
    this.catalogue = catalogue;
  }

  static async open(stage: Stage, topic = changes.name): Promise<BrokenScene> {
    await createDesk(stage.db);
    const outbox = await Outbox.open(stage.db, TOPICS);
    const catalogue = new Catalogue(stage.db);
    const found = await catalogue.topic(topic);
    return new BrokenScene(stage, outbox, found, catalogue);
  }

  async begin(): Promise<OpenDesk> {
    const client = await this.stage.client();
    const name = `t${this.#told.length}`;
    const desk = new DeskTransaction(client, this.#outbox, name);
    await desk.begin();
    const serialised = 'row';
    return {
      publish: (key, delayMs = null) =>
        desk.step({
          topic: this.topic.name,
          events: [{ key, serialised, delayMs }],
          savepoint: 'none',
          choosesIds: false,
        }),
      writeElsewhere: () => desk.writeElsewhere(),
      end: (ending, told) => this.#end({ client, desk, name }, ending, told),
    };
  }

  /** A transaction that publishes one event of each key and commits. */
  async commit(...keys: (string | null)[]): Promise<void> {
    const open = await this.begin();
    for (const key of keys) await open.publish(key);
    await open.end('commit');
  }

  async history(): Promise<OutboxHistory> {
    const read = await readHistory(this.stage.db, (topic) =>
      this.#readLeaf(topic),
    );
    const shown = this.judgesStatus ? read.shown : [];
    return { ...read, shown, told: this.#told };
  }

  async #end(
    open: { client: Client; desk: DeskTransaction; name: string },
    ending: TransactionPlan['ending'],
    told?: TransactionEnded['outcome'],
  ): Promise<void> {
    const { published: events, undone } = open.desk;
    const common = { at: Date.now(), transaction: open.name };
    this.#told.push({ kind: 'ending', ...common, ending, events, undone });
    await open.client.query(ending);
    const outcome = told ?? (ending === 'commit' ? 'committed' : 'rolled back');
    this.#told.push({ kind: 'ended', ...common, outcome });
  }

  /** Every row, by the offsets that its columns say: a fetch would refuse what is broken. */
  async #readLeaf(name: string): Promise<StoredEvent[]> {
    const { db } = this.stage;
    const topic = await this.catalogue.topic(name);
    const { rows } = await db.query(
      `select partition_id, base_offset, batch from ${db.schema}.${topic.leaf} order by base_offset`,
    );
    return rows.flatMap((row) =>
      decodeRecordBatch(row.batch as Buffer).records.map((record, n) => ({
        topic: name,
        partition: topic.partitions.findIndex(
          ({ id }) => id === row.partition_id,
        ),
        offset: BigInt(row.base_offset as string) + BigInt(n),
        id: String(record.headers[0]?.value),
        key: record.key === null ? null : String(record.key),
        carried: valueOf(name, record.value).version,
        timestamp: record.timestamp,
      })),
    );
  }
}
