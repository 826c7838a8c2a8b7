// groups: consumer groups: which member has which partition, and committed offsets, fenced.
// May import: kernel, postgres, log.
// Words: group, member, assignment, group partition, committed offset (the next one to read), fenced.
export {
  commitOffset,
  committedOffset,
  pruneCommittedOffsets,
  type OffsetCommit,
} from './committed-offset.js';
export {
  freezeGroup,
  groupOffsets,
  type GroupOffsets,
} from './group-offsets.js';
export { joinPartitions, type GroupPartition } from './group-partition.js';
export { staticSplit, type StaticMember } from './static-split.js';
