import { isPostamtError, PostamtError } from '#kernel';
import { verifyBatch, writeOffsetAndEpoch } from '#records';
import { corruptAt, failed, logHole } from './fetch-errors.js';
import { expectedOffset, type Reading } from './fetch-reading.js';
import type {
  FetchedBatch,
  FetchedPartition,
  FetchOptions,
  SkippedBatch,
} from './fetch-request.js';
import type { FetchedRow, FetchedState } from './sql/fetch-batches.js';

/** What the rows are read with. */
export interface AnswerContext {
  readonly state: FetchedState;
  readonly highWatermark: bigint;
  readonly onCorrupt: FetchOptions['onCorrupt'];
}

/** Walks over the batches of one partition, in their order, as far as they are whole. */
class BatchWalk {
  readonly batches: FetchedBatch[] = [];
  readonly skipped: SkippedBatch[] = [];
  error: PostamtError | undefined;
  expected: bigint;
  readonly #reading: Reading;
  readonly #context: AnswerContext;

  constructor(reading: Reading, context: AnswerContext) {
    this.#reading = reading;
    this.#context = context;
    this.expected = expectedOffset(reading, context.state);
  }

  /** Takes a batch; false where the walk ends before it. */
  take(row: FetchedRow): boolean {
    const { state, highWatermark } = this.#context;
    const { bytes, baseOffset, lastOffset } = row;
    if (!bytes || lastOffset >= highWatermark) return false;
    if (baseOffset > this.expected && !state.hasGaps)
      return this.#hole(baseOffset);
    const failure = damage(row, bytes);
    if (failure && !this.#skip(row, failure)) return false;
    if (!failure) this.#keep(row, bytes);
    this.expected = lastOffset + 1n;
    return true;
  }

  #keep({ baseOffset, lastOffset, leaderEpoch }: FetchedRow, bytes: Buffer) {
    writeOffsetAndEpoch(bytes, baseOffset, leaderEpoch);
    this.batches.push({ baseOffset, lastOffset, leaderEpoch, bytes });
  }

  #skip({ baseOffset, lastOffset }: FetchedRow, failure: PostamtError) {
    if (this.#context.onCorrupt === 'skip') {
      this.skipped.push({ baseOffset, lastOffset });
      return true;
    }
    this.#fail(corruptAt(this.#reading.request, baseOffset, failure));
    return false;
  }

  #hole(to: bigint): false {
    const { request, segment } = this.#reading;
    this.#fail(logHole(request, segment?.leaf ?? '', this.expected, to));
    return false;
  }

  /** What stands before it is given first: the error comes with the next call. */
  #fail(error: PostamtError): void {
    if (this.batches.length === 0 && this.skipped.length === 0)
      this.error = error;
  }
}

/** What a reading gives: its batches, checked, with their offsets and epochs filled in. */
export function answerOf(
  reading: Reading,
  rows: readonly FetchedRow[],
  context: AnswerContext,
): FetchedPartition {
  const { request } = reading;
  const { state, highWatermark } = context;
  const walk = new BatchWalk(reading, context);
  for (const row of rows) if (!walk.take(row)) break;
  if (walk.error) return failed(request, walk.error, { state });
  return {
    topic: request.topic,
    partition: request.partition,
    logStartOffset: state.logStartOffset ?? -1n,
    logEndOffset: state.logEndOffset,
    highWatermark,
    leaderEpoch: state.leaderEpoch,
    batches: walk.batches,
    nextOffset: walk.expected,
    skipped: walk.skipped,
  };
}

function damage(row: FetchedRow, bytes: Buffer): PostamtError | undefined {
  try {
    const { lastOffsetDelta } = verifyBatch(bytes);
    const length = row.lastOffset - row.baseOffset;
    if (BigInt(lastOffsetDelta) === length) return undefined;
    return new PostamtError(
      'CORRUPT_MESSAGE',
      `it says that it ends ${lastOffsetDelta} after its begin, its row says ${length}`,
    );
  } catch (error) {
    if (isPostamtError(error)) return error;
    throw error;
  }
}
