import type { LogHistory, StoredValue } from './log-event.js';
import { placeOf, type LogViolation } from './log-violation.js';

/** The final log, by value and by place. */
export class FinalLog {
  readonly #byValue = new Map<string, StoredValue>();
  readonly #byPartition = new Map<number, Map<bigint, string>>();
  readonly #starts: ReadonlyMap<number, bigint>;
  readonly #log: readonly StoredValue[];

  constructor({ log, logStart = new Map() }: LogHistory) {
    this.#log = log;
    this.#starts = logStart;
    for (const stored of log) {
      const { partition, offset, value } = stored;
      if (!this.#byValue.has(value)) this.#byValue.set(value, stored);
      const values = this.#byPartition.get(partition) ?? new Map();
      if (!values.has(offset)) values.set(offset, value);
      this.#byPartition.set(partition, values);
    }
  }

  /** Where a value stands (first). */
  placeOf(value: string): StoredValue | undefined {
    return this.#byValue.get(value);
  }

  valueAt(partition: number, offset: bigint): string | undefined {
    return this.#byPartition.get(partition)?.get(offset);
  }

  startOf(partition: number): bigint {
    return this.#starts.get(partition) ?? 0n;
  }

  /** Each value at one place, each place with one value, no place left out. */
  violations(): LogViolation[] {
    const duplicates = this.#log.flatMap((stored) => {
      const first = this.#byValue.get(stored.value);
      return first === undefined || first === stored
        ? []
        : [duplicate(first, stored)];
    });
    const partitions = Map.groupBy(this.#log, ({ partition }) => partition);
    return [
      ...duplicates,
      ...[...partitions].flatMap(([partition, stored]) =>
        this.#offsetViolations(partition, stored),
      ),
    ];
  }

  #offsetViolations(
    partition: number,
    stored: readonly StoredValue[],
  ): LogViolation[] {
    const violations: LogViolation[] = [];
    let next = this.startOf(partition);
    for (const at of inOrder(stored)) {
      if (at.offset > next) violations.push(gap(partition, next, at));
      if (at.offset < next) violations.push(this.#overlap(at));
      if (at.offset >= next) next = at.offset + 1n;
    }
    return violations;
  }

  #overlap(at: StoredValue): LogViolation {
    const other = this.valueAt(at.partition, at.offset) ?? '';
    return {
      rule: 'overlap',
      detail: `${placeOf(at)} has both ${other} and ${at.value}`,
      partition: at.partition,
      values: [other, at.value],
      offset: at.offset,
    };
  }
}

/** As fetched, a log is in order already, which costs one pass; no more is needed for one that is not. */
function inOrder(stored: readonly StoredValue[]): readonly StoredValue[] {
  return stored.toSorted((a, b) => Number(a.offset - b.offset));
}

function duplicate(first: StoredValue, second: StoredValue): LogViolation {
  return {
    rule: 'duplicate',
    detail: `${second.value} stands at ${placeOf(first)} and at ${placeOf(second)}`,
    partition: second.partition,
    values: [second.value],
    offset: second.offset,
  };
}

function gap(partition: number, from: bigint, at: StoredValue): LogViolation {
  return {
    rule: 'gap',
    detail: `partition ${partition} lacks ${from} to ${at.offset - 1n}`,
    partition,
    values: [at.value],
    offset: from,
  };
}
