import { randomUUID } from 'node:crypto';
import { Membership, type OwnedPartition } from '#groups';
import { append, Catalogue, createTopic } from '#log';
import type { Tx } from '#postgres';
import { encodeRecordBatch } from '#records';
import { waitFor } from '#testing';
import type { Stage } from '../../../traps/stage.js';
import type {
  GroupHistory,
  MemberEvent,
  StoredRecord,
} from '../group-history.js';
import { installLedger } from '../group-ledger.js';
import { MemberBook } from '../member-book.js';
import { readLedger } from '../read-ledger.js';

const TOPIC = 'letters';

/** A topic for a group whose members make a mistake, judged as a run is. */
export class SketchGroup {
  readonly stage: Stage;
  readonly group: string;
  /** Whether effects are in the transactions of their offsets. */
  readonly exact: boolean;
  readonly #told: MemberEvent[] = [];

  private constructor(stage: Stage, exact: boolean) {
    this.stage = stage;
    this.exact = exact;
    this.group = exact ? 'exact' : 'plain';
  }

  /** Its topic has so many partitions, and records in the first of them. */
  static async open(
    stage: Stage,
    options: { exact?: boolean; partitions?: number; records?: number } = {},
  ): Promise<SketchGroup> {
    const { exact = false, partitions = 1, records = 2 } = options;
    await createTopic(stage.db, { name: TOPIC, partitions });
    await installLedger(stage.db);
    const group = new SketchGroup(stage, exact);
    await group.put(records);
    return group;
  }

  /** One batch of so many records more. */
  async put(count: number): Promise<void> {
    const records = Array.from({ length: count }, () => ({
      timestamp: Date.now(),
      key: Buffer.from('k'),
      value: null,
      headers: [{ key: 'id', value: Buffer.from(randomUUID()) }],
    }));
    const batch = encodeRecordBatch(records);
    const { db } = this.stage;
    await append(db, new Catalogue(db), [
      { topic: TOPIC, partition: 0, batch },
    ]);
  }

  async join(who: string): Promise<SketchMember> {
    const { db } = this.stage;
    const membership = await Membership.join(db, {
      group: this.group,
      topics: [TOPIC],
      clientId: who,
    });
    const book = new MemberBook(who, (event) => void this.#told.push(event));
    return new SketchMember({ sketch: this, membership, book });
  }

  /** The records from one offset to another, as they stand in the log. */
  async records(from: bigint, to: bigint): Promise<StoredRecord[]> {
    const { log } = await readLedger(this.stage.db, [TOPIC]);
    return log.filter(
      ({ partition, offset }) =>
        partition === 0 && offset >= from && offset < to,
    );
  }

  async history(): Promise<GroupHistory> {
    const { group, exact } = this;
    const read = await readLedger(this.stage.db, [TOPIC]);
    const groups = [{ group, topics: [TOPIC], exact }];
    return { ...read, groups, told: this.#told };
  }
}

interface MemberParts {
  readonly sketch: SketchGroup;
  readonly membership: Membership;
  readonly book: MemberBook;
}

/** A member reduced to what it does with the first partition; what a play has it leave out is its mistake. */
export class SketchMember {
  readonly membership: Membership;
  readonly book: MemberBook;
  readonly #sketch: SketchGroup;

  constructor({ sketch, membership, book }: MemberParts) {
    this.#sketch = sketch;
    this.membership = membership;
    this.book = book;
  }

  /** The first partition, once it has it. */
  async partition(): Promise<OwnedPartition> {
    return waitFor('the partition', () =>
      this.membership.owned.find(({ partition }) => partition === 0),
    );
  }

  /** Begins to handle these records of it; the returned function ends that. */
  async handle(from: bigint, to: bigint): Promise<() => void> {
    const records = await this.#sketch.records(from, to);
    const { group } = this.#sketch;
    const lane = { group, topic: TOPIC, partition: 0 };
    const work = this.book.begin(lane, records);
    return () => this.book.end(work);
  }

  /** The effects of these records. */
  async apply(tx: Tx, from: bigint, to: bigint): Promise<void> {
    const { group } = this.#sketch;
    for (const { offset, id } of await this.#sketch.records(from, to))
      await tx.query(
        `insert into public.effects (group_name, topic, partition, record_offset, id, who) values ($1, $2, 0, $3, $4, $5)`,
        [group, TOPIC, offset, id, this.book.who],
      );
  }
}
