import { createTopic, partitionOf, planAppend, type Topic } from '#log';
import type { PlannedAppend } from '#log';
import { decodeRecordBatch, encodeRecordBatch } from '#records';
import { checkHistory, type LogEntry, type Violation } from '#testing';
import type { Stage } from '../stage.js';

/** A topic of one partition, and the book of the records that were appended to it. */
export class LogScene {
  readonly stage: Stage;
  readonly topic: Topic;
  readonly #acknowledged: string[] = [];

  private constructor(stage: Stage, topic: Topic) {
    this.stage = stage;
    this.topic = topic;
  }

  static async open(stage: Stage): Promise<LogScene> {
    return new LogScene(
      stage,
      await createTopic(stage.db, { name: 'records' }),
    );
  }

  /** The leaf, with the schema before it. */
  get leaf(): string {
    return `postamt.${this.topic.leaf}`;
  }

  /** Keys the leaf on the last offset, as it once was: two batches of different lengths may begin at one offset. */
  async takeFenceAway(): Promise<void> {
    await this.stage.db.query(
      `alter table ${this.leaf} drop constraint ${this.topic.leaf}_pkey, add primary key (partition_id, last_offset)`,
    );
  }

  plan(ids: readonly string[]): PlannedAppend {
    const records = ids.map((id) => ({
      timestamp: 0,
      key: null,
      value: Buffer.from(id),
    }));
    const partition = partitionOf(this.topic, 0);
    return planAppend(this.topic, partition, encodeRecordBatch(records));
  }

  noteAcknowledged(ids: readonly string[]): void {
    this.#acknowledged.push(...ids);
  }

  /** What the checker has to say of the leaf as it stands now. */
  async violations(): Promise<Violation[]> {
    const committed = this.#acknowledged.map((id) => ({
      id,
      key: null,
      version: 0,
    }));
    return checkHistory({ committed, log: await this.#readLeaf() });
  }

  /** Every row, by the offsets that its columns say; a fetch would go by the key, which may be gone. */
  async #readLeaf(): Promise<LogEntry[]> {
    const { rows } = await this.stage.db.query(
      `select base_offset, batch from ${this.leaf}`,
    );
    return rows.flatMap(({ base_offset, batch }) =>
      decodeRecordBatch(batch as Buffer).records.map(({ value }, n) => ({
        partition: 0,
        offset: BigInt(base_offset as string) + BigInt(n),
        id: String(value),
      })),
    );
  }
}
