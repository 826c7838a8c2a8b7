import type { PostamtError } from '#kernel';
import { divergingOffset } from './fetch-epochs.js';
import {
  logHole,
  outOfRange,
  truncated,
  unknownEpoch,
} from './fetch-errors.js';
import { expectedOffset, type Outcome, type Reading } from './fetch-reading.js';
import type { FetchRequest } from './fetch-request.js';
import type { FetchedState } from './sql/fetch-batches.js';
import type { LeaderEpoch } from './sql/read-leader-epochs.js';

/** How a reading goes on after the log has answered. */
export type Verdict =
  | { readonly kind: 'take' }
  | {
      readonly kind: 'refuse';
      readonly error: PostamtError;
      readonly divergingOffset?: bigint;
    }
  /** What this process knows of the topic is out of date. */
  | { readonly kind: 'reload' }
  /** The offset is in another segment, or its segment has another leaf now. */
  | { readonly kind: 'locate' }
  /** The segment has nothing left at or behind the offset. */
  | { readonly kind: 'next' };

/** Whether the state tells anything: the partition is there, and what was read as the active segment is. */
export function isCurrent(state: FetchedState): boolean {
  return state.logStartOffset !== undefined && state.isActive;
}

/** Decides; `epochs` are there where the reader's last epoch is not the current one. */
export function judge(
  { reading, rows }: Outcome,
  state: FetchedState,
  epochs: readonly LeaderEpoch[] | undefined,
): Verdict {
  const { request, behind } = reading;
  if (!isCurrent(state)) return { kind: 'reload' };
  const refused = belowStart(request, state) ?? byEpoch(request, state, epochs);
  if (refused) return refused;
  if (request.offset > state.logEndOffset)
    return { kind: 'refuse', error: rangeError(request, state) };
  if (state.firstOffset === undefined) return { kind: 'locate' };
  if (request.offset < state.firstOffset && behind === undefined)
    return { kind: 'locate' };
  return rows.length > 0 ? { kind: 'take' } : withoutBatches(reading, state);
}

function belowStart(
  request: FetchRequest,
  state: FetchedState,
): Verdict | undefined {
  if (request.offset >= (state.logStartOffset ?? 0n)) return undefined;
  return { kind: 'refuse', error: rangeError(request, state) };
}

function rangeError(request: FetchRequest, state: FetchedState): PostamtError {
  return outOfRange(request, state.logStartOffset ?? 0n, state.logEndOffset);
}

function byEpoch(
  request: FetchRequest,
  { leaderEpoch, logEndOffset }: FetchedState,
  epochs: readonly LeaderEpoch[] | undefined,
): Verdict | undefined {
  const { offset, lastFetchedEpoch } = request;
  if (lastFetchedEpoch === undefined) return undefined;
  if (lastFetchedEpoch > leaderEpoch)
    return { kind: 'refuse', error: unknownEpoch(request, leaderEpoch) };
  if (!epochs) return undefined;
  const reader = { offset, lastFetchedEpoch };
  const agreed = divergingOffset(epochs, reader, logEndOffset);
  if (agreed === undefined) return undefined;
  const error = truncated(request, agreed);
  return { kind: 'refuse', error, divergingOffset: agreed };
}

/** Nothing in this segment at or behind the offset: the end of the log, or of the segment, or a hole. */
function withoutBatches(reading: Reading, state: FetchedState): Verdict {
  const { request, segment } = reading;
  const { lastOffset, logEndOffset, hasGaps } = state;
  const end = lastOffset === undefined ? logEndOffset : lastOffset + 1n;
  if (request.upTo !== undefined && request.upTo <= end)
    return { kind: 'take' };
  const expected = expectedOffset(reading, state);
  if (expected < end && !hasGaps) {
    const error = logHole(request, segment?.leaf ?? '', expected, end);
    return { kind: 'refuse', error };
  }
  return { kind: lastOffset === undefined ? 'take' : 'next' };
}
