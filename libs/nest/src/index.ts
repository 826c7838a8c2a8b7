// nest: Postamt in NestJS: the module, @Subscribe and what its handlers are given. What is published as `postamt`.
// May import: kernel, records, postgres, log, schemas, groups, client, outbox, kafka, event-sourcing, engine.
// Words: subscription (a method with @Subscribe), handler, feature, installation (an open database with our schema).
export { AmbientOutbox } from './ambient/ambient-outbox.js';
export type {
  AmbientTransactionOptions,
  TransactionHostLike,
} from './ambient/ambient-transaction-options.js';
export { PostamtModule } from './module/postamt.module.js';
export type { PostamtFeatureOptions } from './module/postamt-feature.module.js';
export type {
  PostamtModuleAsyncOptions,
  PostamtModuleOptions,
  PostamtOptionsFactory,
} from './module/postamt-module-options.js';
export { POSTAMT_CONNECTION } from './module/tokens.js';
export type {
  PgPool,
  PoolConnection,
  PostamtConnectionOptions,
} from './installation/connection-options.js';
export type { ProjectionFeature } from './projection/projection-feature.js';
export { PostamtStatus } from './runtime/postamt-status.js';
export type { SubscriptionStatus } from './runtime/running-part.js';
export { Header } from './subscribe/header.decorator.js';
export { Headers } from './subscribe/headers.decorator.js';
export { Key } from './subscribe/key.decorator.js';
export { Subscribe } from './subscribe/subscribe.decorator.js';
export type { SubscribeOptions } from './subscribe/subscribe-options.js';
export { PostamtClient } from './transport/postamt.client.js';
export { PostamtServer } from './transport/postamt.server.js';
export type { PostamtServerOptions } from './transport/postamt-server-options.js';
export { POSTAMT_TRANSPORT } from './transport/postamt-transport.js';
export type { TransportConnectionOptions } from './transport/transport-connection.js';
export {
  Inbox,
  Producer,
  rawTopic,
  type BatchContext,
  type InboxCleaning,
  type InboxHandler,
  type InboxInstallOptions,
  type InboxOutcome,
  type ListenerStatus,
  type ProducerOptions,
  type ProducerRecord,
  type RecordContext,
  type RecordMetadata,
} from '#client';
export {
  isPostamtError,
  PostamtError,
  type ErrorCode,
  type Logger,
} from '#kernel';
export {
  Outbox,
  readBacklog,
  type Backlog,
  type BacklogLimits,
  type OutboxEvent,
  type OutboxOptions,
  type PublishedEvent,
  type PublishOptions,
  type RelayOptions,
  type RelayStatus,
} from '#outbox';
export { Database, type EmbeddedPostgresOptions, type Tx } from '#postgres';
export {
  avroSchema,
  defineTopic,
  type TopicDefinition,
  type TopicInput,
  type TopicKey,
  type TopicValue,
} from '#schemas';
export {
  drizzleTransaction,
  type DrizzleSession,
  type DrizzleTransaction,
  knexTransaction,
  type KnexConnection,
  type KnexTransaction,
  mikroOrmTransaction,
  type MikroOrmManager,
  prismaTransaction,
  type PrismaTransaction,
  sequelizeTransaction,
  type SequelizeTransaction,
  typeOrmTransaction,
  type TypeOrmManager,
  type TypeOrmQueryRunner,
} from '#outbox';
