// log: the log engine in Postgres: topics, partitions, leaves, append and fetch of record batches.
// May import: kernel, records, postgres.
// Words: topic, partition, offset, leader epoch, log start offset, log end offset, leaf, catalogue.
export { ACKS, type Acks } from './acks.js';
export { addPartitions } from './add-partitions.js';
export { afterAppend } from './after-append.js';
export {
  alterTopic,
  alterTopicDefaults,
  type ConfigChange,
} from './alter-topic.js';
export { appendAt } from './append-at.js';
export { isStaleCatalogue } from './commit-append.js';
export { append } from './append.js';
export type {
  Appended,
  AppendOptions,
  AppendRequest,
} from './append-request.js';
export { explaining } from './explain-refusal.js';
export {
  appendLocks,
  appendStatement,
  lockPartitions,
  planAppend,
  type PlannedAppend,
} from './append-plan.js';
export { Catalogue } from './catalogue.js';
export { createTopic, ensureTopic, type NewTopic } from './create-topic.js';
export {
  deleteRecords,
  type DeletedRecords,
  type DeleteRecordsRequest,
} from './delete-records.js';
export { deleteTopic } from './delete-topic.js';
export {
  describeTopic,
  type DescribedPartition,
  type DescribedTopic,
} from './describe-topic.js';
export { fetch } from './fetch.js';
export { fetchWaiting, type FetchWaitingOptions } from './fetch-waiting.js';
export type {
  FetchedBatch,
  FetchedPartition,
  FetchOptions,
  FetchRequest,
  SkippedBatch,
} from './fetch-request.js';
export {
  firstTimestamps,
  type FirstTimestamp,
  type FirstTimestampRequest,
} from './first-timestamps.js';
export { inSyncReplicas, type InSyncReplicas } from './in-sync-replicas.js';
export {
  listOffsets,
  type ListedOffset,
  type OffsetAt,
  type OffsetRequest,
} from './list-offsets.js';
export { listRetiredLeaves, listSegments } from './list-segments.js';
export { listTopics } from './list-topics.js';
export {
  LogMaintenance,
  type LogMaintenanceOptions,
} from './maintenance/log-maintenance.js';
export type {
  CompactedSegments,
  DroppedSegment,
  MaintenanceReport,
  TopicReport,
} from './maintenance/maintenance-report.js';
export { LogWriter } from './log-writer.js';
export {
  offsetForLeaderEpoch,
  type EpochRequest,
  type OffsetOfEpoch,
} from './offset-for-leader-epoch.js';
export type { PlanOptions } from './plan-options.js';
export { initProducerId, type ProducerIdentity } from './producer-id.js';
export { raiseLeaderEpochs } from './raise-leader-epochs.js';
export { rollSegment } from './roll-segment.js';
export type { RetiredLeaf } from './sql/list-retired-leaves.js';
export type { ListedRange, ListedSegment } from './sql/list-segments.js';
export type { Replicas, Standby } from './sql/read-replicas.js';
export {
  topicConfig,
  topicConfigEntries,
  type CleanupPolicy,
  type ConfigEntries,
  type ConsumerVisibility,
  type TopicCompression,
  type TopicConfig,
} from './topic-config.js';
export { requireTimely } from './stored-batch.js';
export { checkTopicName } from './topic-name.js';
export { truncate } from './truncate.js';
export {
  partitionOf,
  partitionWakeUp,
  TOPICS_WAKE_UP,
  type Partition,
  type Topic,
} from './topic.js';
