import {
  createAPI,
  ProduceAcks,
  produceV7,
  produceV8,
  produceV9,
  Writer,
} from '@platformatic/kafka';
import type { BrokerLink } from './broker-link.js';

const API_KEY = 0;
/** How long the leader waits for the other in-sync replicas. */
const TIMEOUT_MS = 3_000;

/** A batch for a partition. */
export interface ProducedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
}

/** What became of it. */
export interface ProduceAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly baseOffset: bigint;
  /** Which records the broker found fault with, as their places in the batch; empty where it does not say. */
  readonly atFault: readonly number[];
}

/** Sends one batch for each of some partitions that the broker leads, acknowledged by all in-sync replicas. */
export async function produce(
  link: BrokerLink,
  transactionalId: string | undefined,
  batches: readonly ProducedBatch[],
): Promise<ProduceAnswer[]> {
  const { responses } = await link.ask(
    VERSIONS,
    transactionalId ?? null,
    batches,
  );
  return responses.flatMap(({ name, partitionResponses }) =>
    partitionResponses.map(
      ({ index, errorCode, baseOffset, recordErrors }) => ({
        topic: name,
        partition: index,
        errorCode,
        baseOffset,
        atFault: recordErrors.map(({ batchIndex }) => batchIndex),
      }),
    ),
  );
}

type ProduceArguments = [
  transactionalId: string | null,
  batches: readonly ProducedBatch[],
];
type Parsed = ReturnType<typeof produceV9.parseResponse>;

/**
 * The client's own request encodes records itself, and wrongly where timestamps are 2^31 ms or more apart (2.12.1), so
 * that the request is written here, around batches of ours. The response is read by the client.
 */
const VERSIONS = [
  createAPI<ProduceArguments, Parsed>(
    API_KEY,
    9,
    compactRequest,
    produceV9.parseResponse,
  ),
  ...[
    { version: 8, parse: produceV8.parseResponse },
    { version: 7, parse: produceV7.parseResponse },
  ].map(({ version, parse }) =>
    createAPI<ProduceArguments, Parsed>(
      API_KEY,
      version,
      plainRequest,
      parse,
      false,
      false,
    ),
  ),
];

function compactRequest(...request: ProduceArguments): Writer {
  return requestBody(request, true).appendTaggedFields();
}

function plainRequest(...request: ProduceArguments): Writer {
  return requestBody(request, false);
}

/**
 * Produce Request (versions 7 to 9) => transactional_id acks timeout_ms [topic_data]
 *   topic_data => name [partition_data]
 *     partition_data => index records
 */
function requestBody(
  [transactionalId, batches]: ProduceArguments,
  isCompact: boolean,
): Writer {
  const topics = [...Map.groupBy(batches, ({ topic }) => topic)];
  return Writer.create()
    .appendString(transactionalId, isCompact)
    .appendInt16(ProduceAcks.ALL)
    .appendInt32(TIMEOUT_MS)
    .appendArray(
      topics,
      (w, [topic, own]) => {
        w.appendString(topic, isCompact).appendArray(
          own,
          (w, { partition, batch }) => {
            w.appendInt32(partition).appendBytes(batch, isCompact);
          },
          isCompact,
          isCompact,
        );
      },
      isCompact,
      isCompact,
    );
}
