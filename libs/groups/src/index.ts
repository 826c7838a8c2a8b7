// groups: consumer groups: which member has which partition, and committed offsets, fenced.
// May import: kernel, postgres, log.
// Words: group, member, assignment, group partition, committed offset (the next one to read), fenced.
export {
  commitOffset,
  committedOffset,
  pruneCommittedOffsets,
} from './committed-offset.js';
export {
  commitIn,
  commitNow,
  commitOffsets,
  commitStatements,
} from './offsets/commit-offsets.js';
export {
  committedOffsets,
  type CommittedOffsets,
} from './offsets/committed-offsets.js';
export type { CommittedOffset, OffsetCommit } from './offsets/offset-commit.js';
export type { OwnedPartition } from './owned-partition.js';
export {
  freezeGroup,
  groupOffsets,
  type GroupOffsets,
} from './group-offsets.js';
export { joinPartitions, type GroupPartition } from './group-partition.js';
export { staticSplit, type StaticMember } from './static-split.js';
