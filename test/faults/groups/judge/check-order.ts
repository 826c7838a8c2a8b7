import {
  laneOf,
  type CommitEntry,
  type GroupHistory,
  type StoredRecord,
  type WorkBegun,
  type WorkEnded,
} from '../group-history.js';
import type { GroupViolation } from './group-violation.js';
import { Tenures } from './tenures.js';

/**
 * In each lane the records of a partition, or of one key where keys are handled beside each other, follow each other in
 * the order of the log without one left out; records of a handler that failed are given again, from the first of them on.
 * Only a start is free of that: it is at an offset that was committed at some time since the member had the partition, or
 * since its last record; where none was, at the beginning.
 */
export function checkOrder(history: GroupHistory): GroupViolation[] {
  const begun = history.told.filter((event) => event.kind === 'begun');
  const lanes = Map.groupBy(begun, laneOf);
  const commits = Map.groupBy(history.commits, laneOf);
  const log = Map.groupBy(history.log, placeOf);
  const tenures = new Tenures(history);
  const ended = endedWorks(history);
  return [...lanes].flatMap(([lane, works]) => {
    const [{ topic, partition }] = works as [WorkBegun];
    const checked = new LaneOrder({
      tenures,
      ended,
      commits: commits.get(lane) ?? [],
      records: log.get(placeOf({ topic, partition })) ?? [],
    });
    return works.flatMap((work) => checked.check(work));
  });
}

function endedWorks({ told }: GroupHistory): ReadonlySet<string> {
  const ended = told.filter(({ kind }) => kind === 'ended') as WorkEnded[];
  return new Set(ended.map(({ who, work }) => `${who}/${work}`));
}

/** All that the order of a lane is held against. */
interface LaneParts {
  readonly tenures: Tenures;
  /** Works that their handler was through with. */
  readonly ended: ReadonlySet<string>;
  /** In their order. */
  readonly commits: readonly CommitEntry[];
  readonly records: readonly StoredRecord[];
}

/** The last record of a sequence. */
interface Last {
  readonly offset: bigint;
  /** Where handlers failed: the first record that none was through with. */
  readonly failed: bigint | undefined;
  readonly work: number;
  readonly at: number;
  /** The number of the entry by which its member had the partition. */
  readonly tenure: number;
}

/** A record in what has an order. */
interface Place {
  readonly sequence: string;
  readonly offset: bigint;
}

class LaneOrder {
  readonly #parts: LaneParts;
  /** Offsets by what has an order: a key, or the whole partition. */
  readonly #offsets = new Map<string, bigint[]>();
  readonly #last = new Map<string, Last>();

  constructor(parts: LaneParts) {
    this.#parts = parts;
    for (const { key, offset } of parts.records)
      for (const ordering of ['partition', 'key'] as const)
        this.#offsetsOf(sequenceOf(ordering, key)).push(offset);
  }

  /** The works of a member are to come in the order in which it began them. */
  check(work: WorkBegun): GroupViolation[] {
    const { who, at, ordering } = work;
    const tenure = this.#parts.tenures.of(work, who, at);
    if (!tenure) {
      const detail = `${who} began work ${work.work} on ${laneOf(work)}, which it never had`;
      return [{ rule: 'two owners', detail }];
    }
    return work.records.flatMap(({ key, offset, id }) => {
      if (ordering === 'key' && key === null) return [];
      const sequence = sequenceOf(ordering, key);
      const place = { sequence, offset };
      const last = this.#replaceLast(work, place, tenure.number);
      if (last && this.#nextOf(last, place, work) === offset) return [];
      const since = Math.max(tenure.at, last?.at ?? 0);
      if (this.#startsAt(place, { since, at })) return [];
      const behind = last ? `behind ${last.offset}` : 'at first';
      const detail = `${who} was given ${id} at ${offset} of ${laneOf(work)} ${behind} in work ${work.work}, which is neither the next of its ${ordering} nor where a committed offset begins`;
      return [{ rule: 'order', detail }];
    });
  }

  /** Notes a record as the last one of its sequence; returns the one before, unless the partition was away meanwhile. */
  #replaceLast(
    { who, work, at }: WorkBegun,
    { sequence, offset }: Place,
    tenure: number,
  ): Last | undefined {
    const name = `${who}/${sequence}`;
    const before = this.#last.get(name);
    const last = before?.tenure === tenure ? before : undefined;
    const failed = this.#parts.ended.has(`${who}/${work}`)
      ? undefined
      : (last?.failed ?? offset);
    this.#last.set(name, { offset, failed, work, at, tenure });
    return last;
  }

  /** What is to come behind the last record: where its handler failed, what that had begun with. */
  #nextOf(
    last: Last,
    { sequence }: Place,
    { work }: WorkBegun,
  ): bigint | undefined {
    if (last.work !== work && last.failed !== undefined) return last.failed;
    return this.#after(sequence, last.offset + 1n);
  }

  /** Whether a start from a committed offset of that time gives that record first. */
  #startsAt(
    { sequence, offset }: Place,
    { since, at }: { since: number; at: number },
  ): boolean {
    const { commits } = this.#parts;
    const starts = [
      { next: 0n, at: -Infinity },
      ...commits.map(({ next, at: from }) => ({ next, at: from })),
    ];
    return starts.some(({ next, at: from }, n) => {
      const until = starts[n + 1]?.at ?? Infinity;
      if (from > at || until < since) return false;
      return this.#after(sequence, next) === offset;
    });
  }

  #offsetsOf(sequence: string): bigint[] {
    const offsets = this.#offsets.get(sequence) ?? [];
    this.#offsets.set(sequence, offsets);
    return offsets;
  }

  /** The first offset of a sequence from that one on. */
  #after(sequence: string, from: bigint): bigint | undefined {
    const offsets = this.#offsetsOf(sequence);
    let low = 0;
    let high = offsets.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((offsets[middle] as bigint) < from) low = middle + 1;
      else high = middle;
    }
    return offsets[low];
  }
}

function sequenceOf(ordering: 'partition' | 'key', key: string | null): string {
  return ordering === 'partition' ? 'partition' : `key ${key}`;
}

function placeOf(place: { topic: string; partition: number }): string {
  return `${place.topic}-${place.partition}`;
}
