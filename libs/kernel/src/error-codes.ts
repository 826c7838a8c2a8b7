/**
 * The closed list of error codes. A code is Kafka's own name where Kafka has one (the first group); the others are
 * ours. The value says whether the same call may succeed when it is made again. Each has a line in
 * `docs/reference/errors.md`.
 */
export const ERROR_CODES = {
  // Kafka's names (org.apache.kafka.common.protocol.Errors).
  CORRUPT_MESSAGE: 'retriable',
  FENCED_LEADER_EPOCH: 'retriable',
  ILLEGAL_GENERATION: 'final',
  INVALID_CONFIG: 'final',
  INVALID_GROUP_ID: 'final',
  INVALID_PARTITIONS: 'final',
  INVALID_PRODUCER_EPOCH: 'final',
  INVALID_RECORD: 'final',
  INVALID_TIMESTAMP: 'final',
  INVALID_TOPIC_EXCEPTION: 'final',
  KAFKA_STORAGE_ERROR: 'retriable',
  MESSAGE_TOO_LARGE: 'final',
  NETWORK_EXCEPTION: 'retriable',
  NOT_ENOUGH_REPLICAS: 'retriable',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'retriable',
  NOT_LEADER_OR_FOLLOWER: 'retriable',
  OFFSET_OUT_OF_RANGE: 'final',
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'final',
  POLICY_VIOLATION: 'final',
  PRODUCER_FENCED: 'retriable',
  TOPIC_ALREADY_EXISTS: 'final',
  TOPIC_AUTHORIZATION_FAILED: 'final',
  UNKNOWN_LEADER_EPOCH: 'retriable',
  UNKNOWN_TOPIC_OR_PARTITION: 'retriable',
  UNSUPPORTED_COMPRESSION_TYPE: 'final',
  // Ours.
  BACKLOG_FULL: 'retriable',
  CLOSED: 'final',
  DUPLICATE_EVENT_ID: 'final',
  EMBEDDED_POSTGRES_FAILED: 'final',
  INVALID_SCHEMA: 'final',
  INVALID_VALUE: 'final',
  INVALID_WIRING: 'final',
  KEY_PARKED: 'final',
  LOG_HOLE: 'final',
  LOG_TRUNCATION: 'final',
  MIGRATION_FAILED: 'final',
  NOT_SUPPORTED: 'final',
  OUTCOME_UNKNOWN: 'final',
  POSTGRES_UNAVAILABLE: 'retriable',
  PROJECTION_CONFLICT: 'final',
  SCHEMA_MISMATCH: 'final',
  SCHEMA_TOO_NEW: 'final',
  SCHEMA_TOO_OLD: 'final',
  SLOT_LOST: 'final',
  STALE_CURSOR: 'retriable',
  STALE_LEAF: 'retriable',
  STALE_TIMELINE: 'retriable',
  TIMED_OUT: 'retriable',
  TRANSACTION_ROLLED_BACK: 'retriable',
  UNKNOWN_SCHEMA_ID: 'final',
  UNKNOWN_SUBJECT: 'final',
} as const satisfies Record<string, 'retriable' | 'final'>;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;
