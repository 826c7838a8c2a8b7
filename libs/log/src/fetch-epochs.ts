import type { LeaderEpoch } from './sql/read-leader-epochs.js';

/** Up to where records of a leader epoch stand in the log. */
export interface EpochEnd {
  /** The greatest epoch at or below the one asked for; null = the log begins with a later one. */
  readonly leaderEpoch: number | null;
  /** The first offset behind it. */
  readonly endOffset: bigint;
}

/**
 * Where the greatest leader epoch at or below `epoch` ends: at the start of the next one, or of the log's end. `epochs`
 * are the partition's, ascending. Source: KIP-101, OffsetsForLeaderEpoch.
 */
export function epochEnd(
  epochs: readonly LeaderEpoch[],
  epoch: number,
  logEndOffset: bigint,
): EpochEnd {
  const next = epochs.findIndex((each) => each.epoch > epoch);
  if (next === 0)
    return { leaderEpoch: null, endOffset: epochs[0]?.startOffset ?? 0n };
  const known = next === -1 ? epochs.at(-1) : epochs[next - 1];
  return {
    leaderEpoch: known?.epoch ?? null,
    endOffset: epochs[next]?.startOffset ?? logEndOffset,
  };
}

/**
 * Up to which offset a reader that stands at `offset`, its last batch being of `lastFetchedEpoch`, has seen what the log
 * holds; undefined where that is all it has read. Source: KIP-320.
 */
export function divergingOffset(
  epochs: readonly LeaderEpoch[],
  reader: { offset: bigint; lastFetchedEpoch: number },
  logEndOffset: bigint,
): bigint | undefined {
  const { offset, lastFetchedEpoch } = reader;
  const { leaderEpoch, endOffset } = epochEnd(
    epochs,
    lastFetchedEpoch,
    logEndOffset,
  );
  if (leaderEpoch === lastFetchedEpoch && endOffset >= offset) return undefined;
  return endOffset < offset ? endOffset : offset;
}
