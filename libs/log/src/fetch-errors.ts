import { PostamtError } from '#kernel';
import type { FetchRequest, FetchedPartition } from './fetch-request.js';
import type { FetchedState } from './sql/fetch-batches.js';

/** Which partition, as messages name it. */
type Place = Pick<FetchRequest, 'topic' | 'partition'>;

export function outOfRange(
  { topic, partition, offset }: FetchRequest,
  low: bigint,
  high: bigint,
): PostamtError {
  return new PostamtError(
    'OFFSET_OUT_OF_RANGE',
    `offset ${offset} of ${topic}-${partition} is out of range: it has ${low} to ${high}`,
  );
}

export function logHole(
  { topic, partition }: Place,
  leaf: string,
  from: bigint,
  to: bigint,
): PostamtError {
  return new PostamtError(
    'LOG_HOLE',
    `${topic}-${partition} lacks the offsets ${from} to ${to - 1n}: the next batch begins at ${to}; restore the leaf ${leaf}`,
  );
}

export function corruptAt(
  { topic, partition }: Place,
  baseOffset: bigint,
  cause: PostamtError,
): PostamtError {
  return new PostamtError(
    'CORRUPT_MESSAGE',
    `the batch at ${topic}-${partition}@${baseOffset} is corrupt: ${cause.message}`,
    { cause },
  );
}

export function truncated(
  { topic, partition, offset, lastFetchedEpoch }: FetchRequest,
  agreed: bigint,
): PostamtError {
  return new PostamtError(
    'LOG_TRUNCATION',
    `${topic}-${partition} has lost what was read of it behind offset ${agreed}: the reader stands at ${offset} in leader epoch ${lastFetchedEpoch}; undo what came from there, and go on from ${agreed}`,
  );
}

export function unknownEpoch(
  { topic, partition, lastFetchedEpoch }: FetchRequest,
  leaderEpoch: number,
): PostamtError {
  return new PostamtError(
    'UNKNOWN_LEADER_EPOCH',
    `${topic}-${partition} was read in leader epoch ${lastFetchedEpoch}, and this server knows ${leaderEpoch} only; connect to the primary`,
  );
}

export function partitionGone({ topic, partition }: Place): PostamtError {
  return new PostamtError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `${topic}-${partition} is gone; create the topic again, or take it off the list`,
  );
}

/** The answer where nothing could be read. */
export function failed(
  { topic, partition, offset }: FetchRequest,
  error: PostamtError,
  known: { state?: FetchedState; divergingOffset?: bigint } = {},
): FetchedPartition {
  const { state, divergingOffset } = known;
  return {
    topic,
    partition,
    logStartOffset: state?.logStartOffset ?? -1n,
    logEndOffset: state?.logEndOffset ?? -1n,
    highWatermark: state?.logEndOffset ?? -1n,
    leaderEpoch: state?.leaderEpoch ?? -1,
    batches: [],
    nextOffset: offset,
    error,
    ...(divergingOffset !== undefined && { divergingOffset }),
    skipped: [],
  };
}
