// engine: the names published as `postamt/engine`: everything that works without NestJS.
// May import: kernel, records, postgres, log, schemas, groups, client, outbox. It only re-exports.
// Words: those of the libs that it opens.
export {
  isPostamtError,
  PostamtError,
  silentLogger,
  type ErrorCode,
  type Logger,
} from '#kernel';
export {
  checkSchema,
  Database,
  migrate,
  startEmbeddedPostgres,
  type DatabaseOptions,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  type MigrateOptions,
  type MigrateResult,
  type SqlExecutor,
  type TransactionOptions,
  type Tx,
} from '#postgres';
export {
  Catalogue,
  createTopic,
  describeTopic,
  fetch,
  listTopics,
  type DescribedPartition,
  type DescribedTopic,
  type FetchedBatch,
  type FetchedPartition,
  type FetchRequest,
  type NewTopic,
  type Topic,
} from '#log';
export {
  avroSchema,
  defineTopic,
  type AvroSchema,
  type InferAvro,
  type InferAvroInput,
  type TopicDefinition,
  type TopicInput,
  type TopicKey,
  type TopicValue,
} from '#schemas';
export type { StaticMember } from '#groups';
export {
  Listener,
  type ListenerOptions,
  type ListenerStatus,
  type OffsetReset,
  type CustomPartitioner,
  type PartitionedRecord,
  type Partitioner,
  Producer,
  type ProducerMetrics,
  type ProducerOptions,
  type ProducerRecord,
  type RawTopic,
  rawTopic,
  type RawTopicOptions,
  type RecordContext,
  type RecordHandler,
  type RecordMetadata,
} from '#client';
export {
  Outbox,
  Relay,
  type OutboxEvent,
  type PublishedEvent,
  type PublishOptions,
  type PublishTarget,
  type RelayOptions,
  type RelayStatus,
} from '#outbox';
