// client: what an application writes and reads with: the producer, the listener runtime (poll, lane, commit, drain).
// May import: kernel, records, postgres, log, groups, schemas.
// Words: producer, consumer, listener, handler, lane (one owned partition), chunk (the records of one transaction), record context.
export { Consumer } from './consumer/consumer.js';
export type { ConsumerOptions } from './consumer/consumer-options.js';
export type {
  AssignedPartition,
  ConsumerRecord,
  OffsetForTime,
  PartitionOffset,
  PartitionPlace,
  TopicPartition,
} from './consumer/consumer-record.js';
export type { ConsumerGroupMetadata } from './consumer/group/consumer-group.js';
export type { CommitCallback } from './consumer/group/group-commits.js';
export type { GroupOptions } from './consumer/group/group-options.js';
export type {
  CommittedPartition,
  OffsetAndMetadata,
  OffsetToCommit,
} from './consumer/group/offset-to-commit.js';
export type {
  RebalanceCallback,
  RebalanceListener,
  SubscribeOptions,
} from './consumer/group/subscription.js';
export { replay, type ReplayOptions } from './consumer/replay/replay.js';
export type {
  ReplayBounds,
  ReplaySource,
} from './consumer/replay/plan-replay.js';
export type { ReplayBound } from './consumer/replay/replay-range.js';
export {
  Inbox,
  type InboxCleaning,
  type InboxHandler,
  type InboxOutcome,
} from './inbox/inbox.js';
export type { InboxInstallOptions } from './inbox/inbox-sql.js';
export { Listener, type ListenerStatus } from './listener/listener.js';
export {
  ORDERINGS,
  type BatchHandler,
  type BatchListenerOptions,
  type ListenerBase,
  type ListenerMembership,
  type ListenerOptions,
  type ListenerPartition,
  type Ordering,
  type PartitionsHandler,
  type RecordHandler,
} from './listener/listener-options.js';
export type { BatchContext, RecordContext } from './listener/record-context.js';
export { RecordDecoder } from './listener/record-decoder.js';
export {
  type CustomPartitioner,
  type PartitionedRecord,
  type Partitioner,
  PARTITIONERS,
} from './producer/partitioner.js';
export { Producer } from './producer/producer.js';
export type { ProducerMetrics } from './producer/producer-metrics.js';
export type { ProducerOptions } from './producer/producer-options.js';
export type {
  ProducerRecord,
  RecordMetadata,
} from './producer/producer-record.js';
export type { AnyTopic } from './producer/producer-topic.js';
export {
  type RawTopic,
  rawTopic,
  type RawTopicOptions,
  type Serialize,
} from './producer/raw-topic.js';
export {
  hasReached,
  readProgress,
  type PartitionProgress,
} from './progress/group-progress.js';
export {
  OFFSET_RESETS,
  type AutoOffsetReset,
  type OffsetReset,
  type ResetByDuration,
} from './progress/offset-reset.js';
export { freezeGroup, keepOffsets, type GroupOffsets } from '#groups';
