import {
  createTopicsV4,
  createTopicsV5,
  FindCoordinatorKeyTypes,
  findCoordinatorV3,
  findCoordinatorV4,
  metadataV8,
  metadataV9,
} from '@platformatic/kafka';
import type { Address } from '../kafka-sink-options.js';
import type { BrokerLink } from './broker-link.js';
import { KAFKA, requireNone } from './kafka-error.js';

const METADATA = [metadataV9.api, metadataV8.api];
const FIND_COORDINATOR = [findCoordinatorV4.api, findCoordinatorV3.api];
const CREATE_TOPICS = [createTopicsV5.api, createTopicsV4.api];
const CREATE_TIMEOUT_MS = 3_000;
/** As many replicas as the cluster gives a topic by default (KIP-464). */
const DEFAULT_REPLICATION = -1;

/** A topic as a broker describes it. */
export interface TopicMetadata {
  readonly name: string;
  readonly errorCode: number;
  readonly partitions: readonly {
    readonly partitionIndex: number;
    readonly leaderId: number;
  }[];
}

export interface ClusterMetadata {
  readonly controllerId: number;
  readonly brokers: readonly (Address & { readonly nodeId: number })[];
  readonly topics: readonly TopicMetadata[];
}

/** The brokers of the cluster, and these topics; none is made by being asked for. */
export function readMetadata(
  link: BrokerLink,
  topics: readonly string[],
): Promise<ClusterMetadata> {
  return link.ask(METADATA, [...topics], false);
}

/** What a coordinator is for. */
export type CoordinatorKind = 'GROUP' | 'TRANSACTION';

/** The node that coordinates the group or the transactional id of that name. */
export async function findCoordinator(
  link: BrokerLink,
  kind: CoordinatorKind,
  name: string,
): Promise<{ readonly errorCode: number; readonly nodeId: number }> {
  const { coordinators } = await link.ask(
    FIND_COORDINATOR,
    FindCoordinatorKeyTypes[kind],
    [name],
  );
  const [{ errorCode, nodeId } = { errorCode: KAFKA.none, nodeId: -1 }] =
    coordinators;
  return { errorCode, nodeId };
}

/** Makes a topic of one partition, unless it exists. */
export async function createTopic(
  link: BrokerLink,
  name: string,
): Promise<void> {
  const topic = {
    name,
    numPartitions: 1,
    replicationFactor: DEFAULT_REPLICATION,
    assignments: [],
    configs: [],
  };
  const { topics } = await link.ask(
    CREATE_TOPICS,
    [topic],
    CREATE_TIMEOUT_MS,
    false,
  );
  const errorCode = topics[0]?.errorCode ?? KAFKA.none;
  if (errorCode === KAFKA.topicAlreadyExists) return;
  requireNone(errorCode, `create the topic ${name}`);
}
