import type { ProducerIdentity } from '#log';
import {
  type Compression,
  RecordBatchBuilder,
  type RecordInput,
} from '#records';
import type { Placement, SendCall } from './send-call.js';
import { type ProducerStamp, stampBatch } from './stamp-batch.js';

/** The queue of the partition that a batch goes to. */
export interface BatchQueue {
  readonly topic: string;
  readonly partition: number;
  /** How Kafka names the partition in messages. */
  readonly name: string;
  /** The batch that is out, or goes out next. */
  readonly head: PendingBatch | undefined;
  readonly batches: readonly PendingBatch[];
  /** Whether its first batch will not grow any more. */
  readonly isHeadFull: boolean;
  /** Takes a batch out. */
  remove(batch: PendingBatch): void;
  /** Puts others in a batch's place. */
  replace(batch: PendingBatch, others: readonly PendingBatch[]): void;
  /** Gives the first batch id, epoch and sequence, where it has none; `current` is the producer's newest identity. */
  stampHead(current: ProducerIdentity): void;
  /** Counts the sequence on: that batch stands in the log. */
  advance(batch: PendingBatch): void;
  /** Begins at sequence 0 of another epoch; answers whether that takes a new producer id. */
  bumpEpoch(): boolean;
  /** Begins anew with the producer's newest identity. */
  forgetIdentity(): void;
}

/** Records of one call that stand one behind the other in a batch. */
interface Span {
  readonly call: SendCall;
  count: number;
}

/** How large a batch may grow, and how it is packed. */
export interface BatchLimits {
  /** The most bytes before compression; a first record may be larger. */
  readonly maxBytes: number;
  readonly compression: Compression;
}

/** Where a batch was put, as far as its records' metadata goes. */
export interface BatchPlace {
  readonly baseOffset: bigint;
  /** In milliseconds since 1970, where the topic has LogAppendTime. */
  readonly logAppendTime?: number | undefined;
}

/** A batch on its way: it grows while records fit, is sealed into bytes once, and settles the calls that it bears. */
export class PendingBatch {
  readonly queue: BatchQueue;
  /** When its first record came, in milliseconds of the monotonic clock. */
  readonly createdAt: number;
  /** How often it was sent and failed. */
  attempts = 0;
  /** When it may be sent again. */
  notBefore = 0;
  /** Whether it is out, and its answer awaited. */
  inFlight = false;
  /** Whether an attempt's outcome is unknown: it may stand in the log already. */
  mayBeWritten = false;
  /** The last attempt's error. */
  lastError: unknown;
  readonly #builder: RecordBatchBuilder;
  readonly #placements: Placement[] = [];
  readonly #spans: Span[] = [];
  #bytes: Buffer | undefined;
  #stamp: ProducerStamp | undefined;
  #answered = false;

  constructor(queue: BatchQueue, limits: BatchLimits, createdAt: number) {
    const { maxBytes, compression } = limits;
    this.queue = queue;
    this.createdAt = createdAt;
    this.#builder = new RecordBatchBuilder({ maxBytes, compression });
  }

  get recordCount(): number {
    return this.#builder.recordCount;
  }

  /** Bytes before compression. */
  get size(): number {
    return this.#builder.sizeInBytes;
  }

  /** How many calls it has records of, in a row. */
  get spanCount(): number {
    return this.#spans.length;
  }

  get stamp(): ProducerStamp | undefined {
    return this.#stamp;
  }

  get isSealed(): boolean {
    return this.#bytes !== undefined;
  }

  /** The only record's name in its call, for a message. */
  get onlyRecord(): string {
    const [placement] = this.#placements;
    return this.recordCount === 1 && placement
      ? (this.#spans[0]?.call.nameOf(placement) ?? '')
      : '';
  }

  /** Takes the call's next record, or answers false where there is no room. */
  append(call: SendCall, record: RecordInput): boolean {
    if (this.isSealed || !this.#builder.append(record)) return false;
    this.#note(call, call.place(this.queue.partition, record.timestamp));
    return true;
  }

  /** The batch's bytes, the same ones at each attempt; no record goes in any more. */
  seal(): Buffer {
    this.#bytes ??= this.#builder.build();
    return this.#bytes;
  }

  /** Seals it now rather than when it goes out; what is wrong with that is told then. */
  trySeal(): void {
    try {
      this.seal();
    } catch {
      // `seal` throws it again when the batch is to go out, where its own calls hear of it.
    }
  }

  /** Puts its producer's id, epoch and sequence in. Not while an earlier attempt may still be on its way. */
  stampWith(stamp: ProducerStamp): void {
    stampBatch(this.seal(), stamp);
    this.#stamp = stamp;
  }

  /** Takes its producer's id, epoch and sequence back: it is to be given others. */
  unstamp(): void {
    this.#stamp = undefined;
  }

  /** Answers the calls: their records stand from that offset on. */
  answer({ baseOffset, logAppendTime }: BatchPlace): void {
    if (this.#answered) return;
    this.#answered = true;
    let offset = baseOffset;
    for (const placement of this.#placements) {
      placement.offset = offset;
      if (logAppendTime !== undefined) placement.timestamp = logAppendTime;
      if (baseOffset >= 0n) offset += 1n;
    }
    for (const { call, count } of this.#spans) call.written(count);
  }

  /** Answers the calls with an error; with `acks: 0` they have their answer already. */
  fail(error: unknown): void {
    if (this.#answered) return;
    this.#answered = true;
    for (const { call, count } of this.#spans) call.failed(count, error);
  }

  /** Tells the calls that their records are out of the producer's hands. */
  leave(): void {
    for (const { call, count } of this.#spans) call.left(count);
  }

  /** Where to split so that no call's records are torn apart: the boundary nearest to the middle. */
  get middleOfCalls(): number {
    const half = Math.ceil(this.#spans.length / 2);
    return this.#spans
      .slice(0, half)
      .reduce((sum, { count }) => sum + count, 0);
  }

  /** Puts records that are encoded anew, and what they belong to, into two other batches: the first `at` into one. */
  moveTo(
    [first, second]: readonly [PendingBatch, PendingBatch],
    records: readonly RecordInput[],
    at: number,
  ): void {
    let n = 0;
    for (const { call, count } of this.#spans) {
      for (let k = 0; k < count; k += 1, n += 1) {
        const target = n < at ? first : second;
        target.#builder.append(records[n] as RecordInput);
        target.#note(call, this.#placements[n] as Placement);
      }
    }
    for (const target of [first, second]) {
      target.#answered = this.#answered;
      target.attempts = this.attempts;
    }
  }

  #note(call: SendCall, placement: Placement): void {
    this.#placements.push(placement);
    const last = this.#spans.at(-1);
    if (last?.call === call) last.count += 1;
    else this.#spans.push({ call, count: 1 });
  }
}
