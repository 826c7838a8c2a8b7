import type { Assignment } from './assignment.js';
import type { ConsumerRecord } from './consumer-record.js';
import type { PartitionTrack } from './partition-track.js';

/** A page of one partition that a loop over single records goes through. */
export class UnreadPage<Key = unknown, Value = unknown> {
  readonly #records: readonly ConsumerRecord<Key, Value>[];
  readonly #track: PartitionTrack | undefined;
  readonly #seeks: number | undefined;
  #given = 0;

  constructor(
    records: readonly ConsumerRecord<Key, Value>[],
    assignment: Assignment,
  ) {
    this.#records = records;
    this.#track = records[0] && assignment.find(records[0]);
    this.#seeks = this.#track?.seeks;
  }

  /** The next record, which the loop works on from now on. */
  next(): ConsumerRecord<Key, Value> | undefined {
    this.#given += 1;
    return this.#records[this.#given - 1];
  }

  /** The record that the loop works on, and what follows it; none once the partition was set elsewhere. */
  get unhandled(): readonly ConsumerRecord[] {
    return this.#from(Math.max(this.#given - 1, 0));
  }

  /** What the loop was not given; none once the partition was set elsewhere. */
  get unread(): readonly ConsumerRecord[] {
    return this.#from(this.#given);
  }

  #from(at: number): readonly ConsumerRecord[] {
    return this.#track?.seeks === this.#seeks ? this.#records.slice(at) : [];
  }
}
