import { PostamtError } from '#kernel';
import type { OffsetCommit } from './offset-commit.js';

const MOST_OFFSET = 2n ** 63n - 1n;
const MOST_EPOCH = 2 ** 31 - 1;

/**
 * Refuses what the database could not take, or would take for something else, before anything is sent.
 *
 * @throws PostamtError INVALID_VALUE naming the partition and the value at fault
 */
export function requireCommits(commits: readonly OffsetCommit[]): void {
  const seen = new Set<number>();
  for (const commit of commits) {
    const { id } = commit.partition;
    const fault = seen.has(id)
      ? 'it is named twice; name it once'
      : faultOf(commit);
    seen.add(id);
    if (fault === undefined) continue;
    throw new PostamtError(
      'INVALID_VALUE',
      `partition ${id} of group ${commit.partition.group} cannot be committed: ${fault}`,
    );
  }
}

function faultOf({
  next,
  previous = null,
  leaderEpoch = 0,
  metadata = '',
}: OffsetCommit): string | undefined {
  if (!isOffset(next))
    return `its offset is ${next}; give a bigint, 0n or more`;
  if (previous !== null && !isOffset(previous))
    return `the offset before is ${previous}; give a bigint, 0n or more, or null`;
  if (
    !Number.isInteger(leaderEpoch) ||
    leaderEpoch < 0 ||
    leaderEpoch > MOST_EPOCH
  )
    return `its leader epoch is ${leaderEpoch}; give a whole number from 0 to ${MOST_EPOCH}`;
  if (metadata.includes('\0'))
    return 'its metadata has a character U+0000, which Postgres cannot store';
  return undefined;
}

function isOffset(value: unknown): boolean {
  return typeof value === 'bigint' && value >= 0n && value <= MOST_OFFSET;
}
