import type { Database } from '#postgres';
import { leafDdl, leafName } from '../leaf.js';
import { insertRowsText, type LeafRow } from './sql/leaf-pages.js';
import { readRetiredLeaves, retireLeaves } from './sql/retired-leaves.js';
import type { Segment } from './topic-log.js';

/** What a leaf has of one partition. */
export interface WrittenPartition {
  maxTimestamp: number;
  sizeBytes: number;
}

const LARGEST_INSERT = 1024 * 1024;
const MOST_ROWS = 1_000;

/**
 * A leaf that compaction is writing. It stands on the list of leaves to be dropped from before it is made until the
 * catalogue names it: whenever this process dies, the next run of maintenance drops it.
 */
export class WrittenLeaf {
  readonly name: string;
  readonly partitions = new Map<number, WrittenPartition>();
  readonly #db: Database;
  #rows: LeafRow[] = [];
  #bytes = 0;

  private constructor(db: Database, name: string) {
    this.#db = db;
    this.name = name;
  }

  /** Makes the leaf that is to take the place of some segments'; it bears the last one's number. */
  static async create(
    db: Database,
    topicNumber: number,
    segments: readonly Segment[],
  ): Promise<WrittenLeaf> {
    const retired = await db.run(readRetiredLeaves, []);
    const used = [...segments.map(({ leaf }) => leaf), ...retired];
    const last = Math.max(...segments.map(({ number }) => number));
    const name = nextName(leafName(topicNumber, last), used);
    await db.transaction(async (tx) => {
      await tx.run(retireLeaves, [[name]]);
      await tx.query(leafDdl(tx.schema, name));
    });
    return new WrittenLeaf(db, name);
  }

  /** Adds a batch; it is written with others, or by {@link flush}. */
  async add(row: LeafRow): Promise<void> {
    const [partitionId, , , , , maxTimestamp, , , , , batch] = row;
    this.#note(partitionId, maxTimestamp, batch.length);
    this.#rows.push(row);
    this.#bytes += batch.length;
    if (this.#bytes >= LARGEST_INSERT || this.#rows.length >= MOST_ROWS)
      await this.flush();
  }

  /** Writes what was added, in a transaction of its own. */
  async flush(): Promise<void> {
    if (this.#rows.length === 0) return;
    const text = insertRowsText(this.#db.schema, this.name, this.#rows.length);
    const values = this.#rows.flat();
    this.#rows = [];
    this.#bytes = 0;
    await this.#db.transaction((tx) => tx.query(text, values));
  }

  #note(partitionId: number, maxTimestamp: number, bytes: number): void {
    const known = this.partitions.get(partitionId);
    if (known) {
      known.maxTimestamp = Math.max(known.maxTimestamp, maxTimestamp);
      known.sizeBytes += bytes;
    } else this.partitions.set(partitionId, { maxTimestamp, sizeBytes: bytes });
  }
}

/** `log_7_3` is followed by `log_7_3_1`, that by `log_7_3_2`; names that wait to be dropped are not used again. */
function nextName(first: string, used: readonly string[]): string {
  const generations = used
    .filter((leaf) => leaf.startsWith(`${first}_`))
    .map((leaf) => Number(leaf.slice(first.length + 1)));
  return `${first}_${Math.max(0, ...generations) + 1}`;
}
