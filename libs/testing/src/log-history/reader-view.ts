import type { FinalLog } from './final-log.js';
import type { Polled, Positioned } from './log-event.js';
import { placeOf, type LogRule, type LogViolation } from './log-violation.js';

/** What one reader knows of one partition: its position, and what it read and was not told to forget. */
export class ReaderView {
  readonly #reader: string;
  readonly #partition: number;
  readonly #seen = new Map<bigint, string>();
  #greatest = -1n;
  #next: bigint | undefined;

  constructor(reader: string, partition: number) {
    this.#reader = reader;
    this.#partition = partition;
  }

  /** The reader was given a value. */
  poll({ offset, value }: Polled): LogViolation[] {
    const violations: LogViolation[] = [];
    const next = this.#next ?? offset;
    if (offset > next)
      violations.push(
        this.#violation('reader skip', `went from ${next} to`, offset, value),
      );
    if (offset < next)
      violations.push(
        this.#violation(
          'non-monotonic read',
          `was at ${next} and then at`,
          offset,
          value,
        ),
      );
    const before = this.#seen.get(offset);
    if (before !== undefined && before !== value)
      violations.push(this.#changed(offset, before, value));
    this.#seen.set(offset, value);
    if (offset > this.#greatest) this.#greatest = offset;
    this.#next = offset + 1n;
    return violations;
  }

  /** Its position was set, or it says where it stands. */
  position({ kind, offset }: Positioned): LogViolation[] {
    if (kind === 'end') {
      const passedOver = this.#next !== undefined && this.#next < offset;
      if (!passedOver) return [];
      const words = `was given nothing from ${this.#next} on, and says that it has read up to`;
      return [this.#violation('reader skip', words, offset)];
    }
    if (kind === 'truncated') this.#forgetFrom(offset);
    this.#next = offset;
    return [];
  }

  /** What it still holds to be true, against what stands in the log. */
  compare(log: FinalLog): LogViolation[] {
    const start = log.startOf(this.#partition);
    return [...this.#seen].flatMap(([offset, value]) => {
      const stored = log.valueAt(this.#partition, offset);
      if (stored === value || (stored === undefined && offset < start))
        return [];
      return [this.#changed(offset, value, stored)];
    });
  }

  #forgetFrom(offset: bigint): void {
    for (let at = offset; at <= this.#greatest; at += 1n) this.#seen.delete(at);
    this.#greatest = offset - 1n;
  }

  #changed(
    offset: bigint,
    before: string,
    now: string | undefined,
  ): LogViolation {
    const words = `saw ${before}, and then ${now ?? 'nothing'} stood, told of no truncation, at`;
    return this.#violation('inconsistent offsets', words, offset, before, now);
  }

  #violation(
    rule: LogRule,
    words: string,
    offset: bigint,
    ...values: (string | undefined)[]
  ): LogViolation {
    const partition = this.#partition;
    return {
      rule,
      detail: `reader ${this.#reader} ${words} ${placeOf({ partition, offset })}`,
      partition,
      values: values.filter((value) => value !== undefined),
      offset,
    };
  }
}
