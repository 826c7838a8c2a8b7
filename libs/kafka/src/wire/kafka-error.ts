import { protocolErrorsCodesById } from '@platformatic/kafka';
import { PostamtError, type ErrorCode } from '#kernel';

/** The codes of Kafka's that decide what is done next (org.apache.kafka.common.protocol.Errors). */
export const KAFKA = {
  none: 0,
  unknownTopicOrPartition: 3,
  coordinatorLoadInProgress: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  topicAuthorizationFailed: 29,
  topicAlreadyExists: 36,
  duplicateSequenceNumber: 46,
  concurrentTransactions: 51,
  operationNotAttempted: 55,
  unstableOffsetCommit: 88,
} as const;

/** What an event is refused for. Everything else is no event's fault. */
const REFUSED: Readonly<Record<string, ErrorCode>> = {
  INVALID_RECORD: 'INVALID_RECORD',
  INVALID_TIMESTAMP: 'INVALID_TIMESTAMP',
  INVALID_TOPIC_EXCEPTION: 'INVALID_TOPIC_EXCEPTION',
  MESSAGE_TOO_LARGE: 'MESSAGE_TOO_LARGE',
  POLICY_VIOLATION: 'INVALID_RECORD',
  RECORD_LIST_TOO_LARGE: 'MESSAGE_TOO_LARGE',
  TOPIC_AUTHORIZATION_FAILED: 'TOPIC_AUTHORIZATION_FAILED',
  UNKNOWN_TOPIC_OR_PARTITION: 'UNKNOWN_TOPIC_OR_PARTITION',
};

/** What the whole shipment fails with; NETWORK_EXCEPTION where it is not listed. */
const FAILED: Readonly<Record<string, ErrorCode>> = {
  CLUSTER_AUTHORIZATION_FAILED: 'INVALID_CONFIG',
  FENCED_LEADER_EPOCH: 'FENCED_LEADER_EPOCH',
  GROUP_AUTHORIZATION_FAILED: 'INVALID_CONFIG',
  INVALID_PRODUCER_EPOCH: 'PRODUCER_FENCED',
  INVALID_PRODUCER_ID_MAPPING: 'PRODUCER_FENCED',
  INVALID_TRANSACTION_TIMEOUT: 'INVALID_CONFIG',
  INVALID_TXN_STATE: 'TRANSACTION_ROLLED_BACK',
  KAFKA_STORAGE_ERROR: 'KAFKA_STORAGE_ERROR',
  LEADER_NOT_AVAILABLE: 'NOT_LEADER_OR_FOLLOWER',
  NOT_ENOUGH_REPLICAS: 'NOT_ENOUGH_REPLICAS',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  NOT_LEADER_OR_FOLLOWER: 'NOT_LEADER_OR_FOLLOWER',
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'TRANSACTION_ROLLED_BACK',
  PRODUCER_FENCED: 'PRODUCER_FENCED',
  REQUEST_TIMED_OUT: 'TIMED_OUT',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'INVALID_CONFIG',
  TRANSACTION_ABORTABLE: 'TRANSACTION_ROLLED_BACK',
  TRANSACTION_COORDINATOR_FENCED: 'PRODUCER_FENCED',
  UNKNOWN_PRODUCER_ID: 'TRANSACTION_ROLLED_BACK',
  UNSUPPORTED_COMPRESSION_TYPE: 'INVALID_CONFIG',
  UNSUPPORTED_VERSION: 'NOT_SUPPORTED',
};

const ADVICE: Partial<Record<ErrorCode, string>> = {
  INVALID_CONFIG: 'grant the relay’s user what it lacks, or correct the option',
  MESSAGE_TOO_LARGE: 'raise the topic’s max.message.bytes in the cluster',
  PRODUCER_FENCED:
    'a later relay with the same transactional id has taken over; a relay of another outbox needs an id of its own',
  TOPIC_AUTHORIZATION_FAILED: 'grant Write on it to the relay’s user',
  UNKNOWN_TOPIC_OR_PARTITION: 'create the topic in the cluster',
};

/** Whether it is for the event, or its topic, that the broker said no. */
export function refusesEvent(errorCode: number): boolean {
  return nameOf(errorCode) in REFUSED;
}

/**
 * The error for one of Kafka's codes.
 *
 * @param doing what the broker was asked, as it stands behind "Kafka did not"
 */
export function kafkaError(errorCode: number, doing: string): PostamtError {
  const name = nameOf(errorCode);
  const code = REFUSED[name] ?? FAILED[name] ?? 'NETWORK_EXCEPTION';
  const advice = ADVICE[code];
  return new PostamtError(
    code,
    `Kafka did not ${doing}: ${name}${advice ? `; ${advice}` : ''}.`,
  );
}

/** Throws {@link kafkaError} unless the code says that all went well. */
export function requireNone(errorCode: number, doing: string): void {
  if (errorCode !== KAFKA.none) throw kafkaError(errorCode, doing);
}

function nameOf(errorCode: number): string {
  return protocolErrorsCodesById[errorCode] ?? `error ${errorCode}`;
}
