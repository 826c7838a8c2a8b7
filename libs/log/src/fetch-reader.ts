import { PostamtError } from '#kernel';
import { sqlStateOf, type CopyRow, type Database } from '#postgres';
import type { Outcome, Reading } from './fetch-reading.js';
import {
  fetchBatches,
  fetchRow,
  fetchStates,
  isState,
  type FetchedRow,
  type FetchedState,
  type FetchGroup,
  type FetchPosition,
} from './sql/fetch-batches.js';

const DEFAULT_PARTITION_BYTES = 1_048_576;
const UNDEFINED_TABLE = '42P01';
/** serialization_failure, query_canceled: how a hot standby ends a reader that stands in replay's way. */
const CANCELLED = ['40001', '57014'];

/** A group of readings that one part of the statement answers. */
interface ReadingGroup {
  readonly readings: readonly Reading[];
  readonly group: FetchGroup;
}

/** Runs the statements of one fetch, within the bytes that are left for it. */
export class FetchReader {
  readonly #db: Database;
  readonly #statesOnly: boolean;
  #bytesLeft: number;

  constructor(
    db: Database,
    options: { maxBytes: number; statesOnly: boolean },
  ) {
    this.#db = db;
    this.#bytesLeft = options.maxBytes;
    this.#statesOnly = options.statesOnly;
  }

  /**
   * Reads all in one statement; where a leaf is missing group by group, so that the others get their answers.
   *
   * @returns the readings whose leaf is missing have no outcome
   */
  async read(
    readings: readonly Reading[],
    onMissing: (reading: Reading, error: unknown) => void,
  ): Promise<Outcome[]> {
    const groups = groupsOf(readings);
    if (groups.length === 0) return [];
    try {
      return await this.#readGroups(groups);
    } catch (error) {
      if (sqlStateOf(error) !== UNDEFINED_TABLE) throw error;
      const outcomes: Outcome[] = [];
      for (const group of groups)
        outcomes.push(...(await this.#readAlone(group, onMissing)));
      return outcomes;
    }
  }

  async #readAlone(
    group: ReadingGroup,
    onMissing: (reading: Reading, error: unknown) => void,
  ): Promise<Outcome[]> {
    try {
      return await this.#readGroups([group]);
    } catch (error) {
      if (sqlStateOf(error) !== UNDEFINED_TABLE) throw error;
      for (const reading of group.readings) onMissing(reading, error);
      return [];
    }
  }

  async #readGroups(groups: readonly ReadingGroup[]): Promise<Outcome[]> {
    const copied = await this.#copyOut(
      this.#statement(groups.map(({ group }) => group)),
    );
    const states = new Map<number, FetchedState>();
    const batches = new Map<number, FetchedRow[]>();
    for (const row of copied.map(fetchRow)) {
      if (isState(row)) states.set(row.request, row);
      else this.#collect(batches, row);
    }
    return groups
      .flatMap(({ readings }) => readings)
      .map((reading) => ({
        reading,
        state: states.get(reading.at),
        rows: (batches.get(reading.at) ?? []).sort(byOffset),
      }));
  }

  #collect(batches: Map<number, FetchedRow[]>, row: FetchedRow): void {
    const size = row.bytes?.length ?? 0;
    this.#bytesLeft = Math.max(this.#bytesLeft - size, 0);
    const known = batches.get(row.request);
    if (known) known.push(row);
    else batches.set(row.request, [row]);
  }

  #statement(groups: readonly FetchGroup[]): string {
    const { schema } = this.#db;
    if (this.#statesOnly) return fetchStates(schema, groups);
    const most = groups
      .flatMap(({ positions }) => positions)
      .reduce((sum, { maxBytes }) => sum + maxBytes, 0);
    const total = most > this.#bytesLeft ? this.#bytesLeft : undefined;
    return fetchBatches(schema, groups, total);
  }

  async #copyOut(text: string): Promise<CopyRow[]> {
    try {
      return await this.#db.copyOut(text);
    } catch (error) {
      if (!CANCELLED.includes(sqlStateOf(error) ?? '')) throw error;
      throw new PostamtError(
        'POSTGRES_UNAVAILABLE',
        `the server cancelled a fetch (${(error as Error).message}); try again`,
        { cause: error },
      );
    }
  }
}

/** The server gives them in this order, but nothing makes it. */
function byOffset(a: FetchedRow, b: FetchedRow): number {
  return a.baseOffset < b.baseOffset ? -1 : 1;
}

/** Readings of one topic and segment go together. */
function groupsOf(readings: readonly Reading[]): ReadingGroup[] {
  const groups = Map.groupBy(
    readings,
    ({ topic, segment }) =>
      `${topic.number} ${topic.leaf} ${segment?.number} ${segment?.leaf}`,
  );
  return [...groups.values()].map((own) => {
    const { topic, segment } = own[0] as Reading;
    const active = { number: topic.segmentNumber, leaf: topic.leaf };
    const group = {
      topicNumber: topic.number,
      active,
      segment: segment ?? active,
      standbys: standbysFor(topic.config),
      positions: own.map(positionOf),
    };
    return { readings: own, group };
  });
}

function positionOf({ at, request, partitionId }: Reading): FetchPosition {
  const { offset, maxBytes = DEFAULT_PARTITION_BYTES, upTo } = request;
  return {
    request: at,
    partitionId,
    offset,
    maxBytes,
    ...(upTo !== undefined && { upTo }),
  };
}

/** How many standbys have to have flushed what readers see. This server is one of `min.insync.replicas`. */
function standbysFor(config: {
  readonly consumerVisibility: string;
  readonly minInsyncReplicas: number;
}): number {
  if (config.consumerVisibility !== 'replicated') return 0;
  return config.minInsyncReplicas - 1;
}
