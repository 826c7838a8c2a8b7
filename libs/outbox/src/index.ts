// outbox: publish inside the caller's transaction, and the relay that moves events into their topics.
// May import: kernel, records, postgres, log, schemas.
// Words: outbox event, shard, cursor, difference (what is visible now and was not before), move, relay.
export {
  drizzleTransaction,
  type DrizzleSession,
  type DrizzleTransaction,
} from './adapters/drizzle-transaction.js';
export {
  knexTransaction,
  type KnexConnection,
  type KnexTransaction,
} from './adapters/knex-transaction.js';
export {
  mikroOrmTransaction,
  type MikroOrmManager,
} from './adapters/mikro-orm-transaction.js';
export {
  prismaTransaction,
  type PrismaTransaction,
} from './adapters/prisma-transaction.js';
export {
  sequelizeTransaction,
  type SequelizeTransaction,
} from './adapters/sequelize-transaction.js';
export {
  typeOrmTransaction,
  type TypeOrmManager,
  type TypeOrmQueryRunner,
} from './adapters/type-orm-transaction.js';
export type {
  BacklogLimits,
  BacklogMeasure,
} from './backlog/backlog-limits.js';
export { readBacklog } from './backlog/read-backlog.js';
export {
  CDC_STATES,
  type CdcRelayOptions,
  type CdcRelayStatus,
  type CdcState,
} from './cdc/cdc-relay-options.js';
export { CdcRelay } from './cdc/cdc-relay.js';
export {
  createCdcSlot,
  dropCdcSlot,
  readCdcStatus,
  type CdcStatus,
  type CreateCdcSlotOptions,
} from './cdc/cdc-slot.js';
export { type CdcTarget, emitEvents } from './cdc/emit-events.js';
export { Outbox } from './publish/outbox.js';
export type { OutboxOptions } from './publish/outbox-options.js';
export type { TraceContext } from './publish/trace-headers.js';
export type { Backlog } from './sql/measure-backlog.js';
export {
  EVENT_ID_HEADER,
  type OutboxEvent,
  type PublishedEvent,
  type PublishOptions,
} from './publish/outbox-event.js';
export type { PgClient, PublishTarget } from './publish/publish-target.js';
export {
  OutboxMaintenance,
  type OutboxMaintenanceOptions,
  type OutboxMaintenanceReport,
} from './maintenance/outbox-maintenance.js';
export { moveShards, type Moved } from './move/move.js';
export type { Mover } from './move/mover.js';
export type { MoveLimits } from './move/move-limits.js';
export { openMove, type OpenMove } from './move/open-move.js';
export { writeMove, type WrittenMove } from './move/write-move.js';
export { discardOutbox } from './operate/discard-outbox.js';
export { listOutbox, type ListFilter } from './operate/list-outbox.js';
export {
  registerOutboxMetrics,
  type OutboxMetricsOptions,
} from './operate/metrics.js';
export type {
  DiscardFilter,
  DiscardOptions,
  OperateOptions,
  ParkedFilter,
} from './operate/operate-options.js';
export type { OutboxFilter } from './operate/outbox-filter.js';
export { retryParked } from './operate/retry-parked.js';
export { skipParked } from './operate/skip-parked.js';
export type { ListedEvent } from './operate/sql/list-events.js';
export {
  OUTBOX_STATUSES,
  WAITING_STATUSES,
  type DiscardedEvent,
  type OutboxEventStatus,
  type WaitingEvent,
  type WaitingStatus,
} from './operate/waiting-event.js';
export { Relay } from './relay/relay.js';
export type { RelayOptions, RelayStatus } from './relay/relay-options.js';
export type {
  Delivered,
  DeliveryJournal,
  LastDelivery,
  Refusal,
  Sink,
  SinkBatch,
  SinkEvent,
} from './sink/sink.js';
export { readOutboxStatus, type OutboxStatus } from './status/outbox-status.js';
export type { TopicCounts } from './sql/count-events.js';
export { ALL_SHARDS, SHARD_COUNT, shardOf } from './shard.js';
