// groups: consumer groups: members, who of them has which partition, and committed offsets, fenced.
// May import: kernel, postgres, log.
// Words: group, member, session (of a process), turn, generation, owner and target (of a partition), committed offset, fenced.
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
export { keepOffsets } from './offsets/keep-offsets.js';
export type { CommittedOffset, OffsetCommit } from './offsets/offset-commit.js';
export type { OwnedPartition } from './owned-partition.js';
export {
  freezeGroup,
  groupOffsets,
  type GroupOffsets,
} from './group-offsets.js';
export { joinPartitions, type GroupPartition } from './group-partition.js';
export {
  Membership,
  MEMBERSHIP_STATES,
  type MembershipState,
} from './membership/membership.js';
export type {
  MembershipOptions,
  Subscription,
} from './membership/membership-options.js';
export type {
  AssignableMember,
  AssignablePartition,
  AssignmentRequest,
  Assignor,
} from './assignors/assignor.js';
export { ASSIGNORS, assignorOf } from './assignors/assignors.js';
export { byMemberOrder } from './assignors/member-order.js';
export { rangeAssignor } from './assignors/range-assignor.js';
export { roundRobinAssignor } from './assignors/round-robin-assignor.js';
export { stickyAssignor } from './assignors/sticky-assignor.js';
export { deleteGroups, type DeletedGroup } from './admin/delete-groups.js';
export {
  deleteOffsets,
  type DeletedOffset,
  type DeletedOffsets,
  type DeleteOffsetsRequest,
} from './admin/delete-offsets.js';
export { describeGroup } from './admin/describe-group.js';
export type {
  DescribedGroup,
  DescribedGroupPartition,
  DescribedMember,
  PartitionName,
  PartitionOwner,
} from './admin/described-group.js';
export type { ResetLimit, ResetTarget } from './admin/decide-reset.js';
export { GROUP_STATES, type GroupState } from './admin/group-state.js';
export type { AdminOptions } from './admin/held-group.js';
export { listGroups } from './admin/list-groups.js';
export type { TopicSelection } from './admin/partition-selection.js';
export {
  resetOffsets,
  type ResetPartition,
  type ResetReport,
  type ResetRequest,
} from './admin/reset-offsets.js';
export type { ListedGroup } from './admin/sql/list-groups.js';
export {
  GroupMaintenance,
  type GroupMaintenanceOptions,
  type GroupMaintenanceReport,
} from './maintenance/group-maintenance.js';
export {
  registerGroupMetrics,
  type GroupMetricsOptions,
} from './admin/group-metrics.js';
