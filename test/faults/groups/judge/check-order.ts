import {
  laneOf,
  type CommitEntry,
  type GroupHistory,
  type StoredRecord,
  type WorkBegun,
} from '../group-history.js';
import type { GroupViolation } from './group-violation.js';
import { Tenures } from './tenures.js';

/**
 * In each lane the records of a partition, or of one key where keys are handled beside each other, follow each other in
 * the order of the log without one left out. Only a start is free of that: it is at an offset that was committed at some
 * time since the member had the partition, or since its last record; where none was, at the beginning.
 */
export function checkOrder(history: GroupHistory): GroupViolation[] {
  const begun = history.told.filter((event) => event.kind === 'begun');
  const lanes = Map.groupBy(begun, laneOf);
  const commits = Map.groupBy(history.commits, laneOf);
  const log = Map.groupBy(history.log, placeOf);
  const tenures = new Tenures(history);
  return [...lanes].flatMap(([lane, works]) => {
    const [{ topic, partition }] = works as [WorkBegun];
    const checked = new LaneOrder({
      tenures,
      commits: commits.get(lane) ?? [],
      records: log.get(placeOf({ topic, partition })) ?? [],
    });
    return works.flatMap((work) => checked.check(work));
  });
}

/** All that the order of a lane is held against. */
interface LaneParts {
  readonly tenures: Tenures;
  /** In their order. */
  readonly commits: readonly CommitEntry[];
  readonly records: readonly StoredRecord[];
}

/** The last record of a sequence. */
interface Last {
  readonly offset: bigint;
  readonly at: number;
  /** The number of the entry by which its member had the partition. */
  readonly tenure: number;
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
      const name = `${who}/${sequence}`;
      const last = this.#last.get(name);
      const goesOn = last?.tenure === tenure.number ? last : undefined;
      this.#last.set(name, { offset, at, tenure: tenure.number });
      if (goesOn && this.#after(sequence, goesOn.offset + 1n) === offset)
        return [];
      const since = Math.max(tenure.at, goesOn?.at ?? 0);
      if (this.#startsAt(sequence, offset, { since, at })) return [];
      const behind = goesOn ? `behind ${goesOn.offset}` : 'at first';
      const detail = `${who} was given ${id} at ${offset} of ${laneOf(work)} ${behind} in work ${work.work}, which is neither the next of its ${ordering} nor where a committed offset begins`;
      return [{ rule: 'order', detail }];
    });
  }

  /** Whether a start from a committed offset of that time gives that record first. */
  #startsAt(
    sequence: string,
    offset: bigint,
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
