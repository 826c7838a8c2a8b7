import type { CommittedOffset } from '#groups';
import type { OffsetOfEpoch } from '#log';

/**
 * Up to where the log has what a group has read; undefined where it has all of it, or where nobody can say.
 *
 * @param end where the leader epoch that the offset was committed with ends in the log (KIP-320)
 */
export function divergenceOf(
  committed: CommittedOffset | undefined,
  end: OffsetOfEpoch | undefined,
): bigint | undefined {
  if (!committed || !end || end.endOffset === null) return undefined;
  const { offset, leaderEpoch } = committed;
  const { endOffset } = end;
  if (end.leaderEpoch === leaderEpoch && endOffset >= offset) return undefined;
  return endOffset < offset ? endOffset : offset;
}
