// postgres: connections, transactions, hot statements, advisory locks, migrations, wake-ups, the embedded server.
// May import: kernel.
// Words: Tx, statement, flight (statements and COMMIT sent without waiting between), wake-up, installation, lock kind.
export {
  lockIdOf,
  LOCK_KINDS,
  MOST_LOCKS,
  takeLocks,
  takeSharedAndLocks,
  type LockKeys,
  type LockKind,
} from './advisory-lock.js';
export {
  inTransactionOf,
  type CallerTransaction,
} from './caller-transaction.js';
export { connectionString } from './connection-string.js';
export type { CopyRow } from './copy-out.js';
export type { DatabaseOptions } from './database-options.js';
export { Database, type TransactionOptions } from './database.js';
export {
  checkSchema,
  migrate,
  type MigrateOptions,
  type MigrateResult,
} from './migrate.js';
export {
  asPostamtError,
  columnOf,
  constraintOf,
  errorCodeOf,
  isConnectionLoss,
  sqlStateOf,
} from './postgres-failure.js';
export type { FlightBasis, FlightPlan } from './flight-plan.js';
export { formatLsn, parseLsn } from './replication/lsn.js';
export {
  readReplicationServer,
  type ReplicationServer,
} from './replication/replication-server.js';
export {
  createSlot,
  dropSlot,
  readSlot,
  type ReplicationSlot,
} from './replication/replication-slot.js';
export type {
  SlotStream,
  SlotStreamOptions,
} from './replication/slot-stream.js';
export type { StreamedTransaction } from './replication/streamed-transactions.js';
export { DEFAULT_SCHEMA, schemaName } from './schema-name.js';
export type { SqlExecutor } from './sql-executor.js';
export {
  bind,
  defineStatement,
  type BoundStatement,
  type RawRow,
  type Statement,
} from './statement.js';
export { Tx, type EngineTx } from './tx.js';
export { WakeUps } from './wake-ups.js';
export { WakeUpWatch } from './wake-up-watch.js';
export type { EmbeddedPostgres } from './embedded/embedded-postgres.js';
export type { EmbeddedPostgresOptions } from './embedded/embedded-postgres-options.js';
export { startEmbeddedPostgres } from './embedded/start-embedded-postgres.js';
