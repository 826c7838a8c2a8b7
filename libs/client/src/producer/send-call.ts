import { isPostamtError, PostamtError } from '#kernel';
import type { CallLedger } from './call-ledger.js';
import type { EncodedRecord } from './encoded-record.js';

/** Where a record of a call goes, and, once it stands there, its offset. */
export interface Placement {
  readonly topic: string;
  readonly partition: number;
  offset: bigint;
  timestamp: number;
}

/** One call of `send`: its records on their way, and the one promise of all of them. */
export class SendCall {
  readonly #topic: string;
  readonly #number: number;
  readonly #ledger: CallLedger;
  readonly #answer = Promise.withResolvers<Placement[]>();
  readonly #placements: Placement[] = [];
  readonly #count: number;
  #records: readonly EncodedRecord[];
  #settled = 0;
  #written = 0;
  #left = 0;
  #failure: unknown;

  constructor(
    topic: string,
    records: readonly EncodedRecord[],
    ledger: CallLedger,
  ) {
    this.#topic = topic;
    this.#records = records;
    this.#count = records.length;
    this.#ledger = ledger;
    this.#number = ledger.start();
  }

  /** Resolves once each record has its offset, and rejects once each has its answer and one of them failed. */
  get answer(): Promise<Placement[]> {
    return this.#answer.promise;
  }

  /** The next record that is in no batch yet. */
  get nextRecord(): EncodedRecord | undefined {
    return this.#records[this.#placements.length];
  }

  /** Notes that the next record went into a batch. */
  place(partition: number, timestamp: number): Placement {
    const topic = this.#topic;
    const placement = { topic, partition, offset: -1n, timestamp };
    this.#placements.push(placement);
    if (this.#placements.length === this.#count) this.#records = [];
    return placement;
  }

  /** `count` of the records have their offset. */
  written(count: number): void {
    this.#written += count;
    this.#settle(count);
  }

  /** `count` of the records failed. */
  failed(count: number, error: unknown): void {
    this.#failure = worse(this.#failure, error);
    this.#settle(count);
  }

  /** Fails the records that are in no batch yet; answers how many these are. */
  failRest(error: unknown): number {
    const rest = this.#count - this.#placements.length;
    this.#records = [];
    this.failed(rest, error);
    this.left(rest);
    return rest;
  }

  /** `count` of the records are out of the producer's hands; with `acks: 0` that is later than their answer. */
  left(count: number): void {
    this.#left += count;
    if (this.#left === this.#count) this.#ledger.finish(this.#number);
  }

  /** How a message names a record of this call: nothing where there is only one. */
  nameOf(placement: Placement): string {
    if (this.#count === 1) return '';
    return `records[${this.#placements.indexOf(placement)}]: `;
  }

  #settle(count: number): void {
    this.#settled += count;
    if (this.#settled < this.#count) return;
    if (this.#failure === undefined) this.#answer.resolve(this.#placements);
    else this.#answer.reject(this.#reason());
  }

  #reason(): unknown {
    const failure = this.#failure;
    if (this.#written === 0 || !isPostamtError(failure)) return failure;
    const words = failure.message.replace(/\.$/, '');
    return new PostamtError(
      failure.code,
      `${words} (${this.#written} of the ${this.#count} records of this call were written)`,
      { cause: failure },
    );
  }
}

/** The first failure stands, unless a later one leaves open what was written: that is what the caller must know. */
function worse(known: unknown, error: unknown): unknown {
  if (known === undefined) return error;
  return isPostamtError(error, 'OUTCOME_UNKNOWN') ? error : known;
}
