import {
  addOffsetsToTxnV1,
  addOffsetsToTxnV3,
  addPartitionsToTxnV1,
  addPartitionsToTxnV3,
  endTxnV1,
  endTxnV3,
  initProducerIdV1,
  initProducerIdV4,
  offsetFetchV7,
  offsetFetchV8,
  txnOffsetCommitV2,
  txnOffsetCommitV3,
} from '@platformatic/kafka';
import type { BrokerLink } from './broker-link.js';
import { KAFKA } from './kafka-error.js';

const INIT_PRODUCER_ID = [initProducerIdV4.api, initProducerIdV1.api];
// From version 4 on for brokers among themselves.
const ADD_PARTITIONS = [addPartitionsToTxnV3.api, addPartitionsToTxnV1.api];
const ADD_OFFSETS = [addOffsetsToTxnV3.api, addOffsetsToTxnV1.api];
const COMMIT_OFFSET = [txnOffsetCommitV3.api, txnOffsetCommitV2.api];
const END = [endTxnV3.api, endTxnV1.api];
const FETCH_OFFSET = [offsetFetchV8.api, offsetFetchV7.api];

/** Who writes, and in which transactions. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** A producer that is known by a transactional id. */
export interface TransactionalProducer extends ProducerIdentity {
  readonly transactionalId: string;
}

interface Answer {
  readonly errorCode: number;
}

/**
 * An identity for a producer. With a transactional id it ends what an earlier one left open and fences it: that is over
 * when the answer comes.
 */
export function initProducerId(
  link: BrokerLink,
  transactionalId: string | null,
  timeoutMs: number,
): Promise<Answer & ProducerIdentity> {
  return link.ask(INIT_PRODUCER_ID, transactionalId, timeoutMs);
}

/** Where the transaction is about to write. Nothing is added unless all can be. */
export async function addPartitions(
  link: BrokerLink,
  producer: TransactionalProducer,
  topics: readonly { readonly name: string; readonly partitions: number[] }[],
): Promise<{ readonly name: string; readonly errorCode: number }[]> {
  const transaction = { ...producer, verifyOnly: false, topics: [...topics] };
  const answer = await link.ask(ADD_PARTITIONS, [transaction]);
  return answer.resultsByTransaction.flatMap(({ topicResults }) =>
    topicResults.flatMap(({ name, resultsByPartition }) =>
      resultsByPartition.map((partition) => ({
        name,
        errorCode: partition.partitionErrorCode,
      })),
    ),
  );
}

/** The transaction is about to commit an offset of that group. */
export function addOffsets(
  link: BrokerLink,
  producer: TransactionalProducer,
  groupId: string,
): Promise<Answer> {
  const { transactionalId, producerId, producerEpoch } = producer;
  return link.ask(
    ADD_OFFSETS,
    transactionalId,
    producerId,
    producerEpoch,
    groupId,
  );
}

/** An offset of a group, with a text beside it: partition 0 of the topic. */
export interface GroupOffset {
  readonly groupId: string;
  readonly topic: string;
  readonly offset: bigint;
  readonly metadata: string;
}

/** Commits an offset in the transaction; a group without members has neither generation nor member. */
export async function commitOffset(
  link: BrokerLink,
  producer: TransactionalProducer,
  { groupId, topic, offset, metadata }: GroupOffset,
): Promise<Answer> {
  const partition = {
    partitionIndex: 0,
    committedOffset: offset,
    committedLeaderEpoch: -1,
    committedMetadata: metadata,
  };
  const { topics } = await link.ask(
    COMMIT_OFFSET,
    producer.transactionalId,
    groupId,
    producer.producerId,
    producer.producerEpoch,
    -1,
    '',
    null,
    [{ name: topic, partitions: [partition] }],
  );
  const errorCode = topics[0]?.partitions[0]?.errorCode ?? KAFKA.none;
  return { errorCode };
}

/** Commits or aborts. */
export function endTransaction(
  link: BrokerLink,
  producer: TransactionalProducer,
  commit: boolean,
): Promise<Answer> {
  const { transactionalId, producerId, producerEpoch } = producer;
  return link.ask(END, transactionalId, producerId, producerEpoch, commit);
}

/** The group's offset in partition 0 of the topic; -1 where there is none. Not one that a transaction may yet change. */
export async function fetchOffset(
  link: BrokerLink,
  groupId: string,
  topic: string,
): Promise<Answer & { readonly offset: bigint; readonly metadata: string }> {
  const { groups } = await link.ask(
    FETCH_OFFSET,
    [
      {
        groupId,
        memberEpoch: -1,
        topics: [{ name: topic, partitionIndexes: [0] }],
      },
    ],
    true,
  );
  const [group] = groups;
  const partition = group?.topics[0]?.partitions[0];
  return {
    errorCode: group?.errorCode || partition?.errorCode || KAFKA.none,
    offset: partition?.committedOffset ?? -1n,
    metadata: partition?.metadata ?? '',
  };
}
