import { isPostamtError, PostamtError } from '#kernel';
import { sqlStateOf, type Database } from '#postgres';
import { verifyBatch, writeOffsetAndEpoch } from '#records';
import type { Catalogue } from './catalogue.js';
import { fetchBatches, fetchRow, type FetchRow } from './sql/fetch-batches.js';
import { missingLeaf } from './missing-leaf.js';
import { partitionOf, type Topic } from './topic.js';

/** One partition of a topic to be read. */
export interface FetchRequest {
  /** The partition's index in the topic. */
  readonly partition: number;
  /** The offset of the first record wanted. */
  readonly offset: bigint;
  /** About how many bytes; 1 MiB by default (`max.partition.fetch.bytes`). The first batch comes whatever its size. */
  readonly maxBytes?: number;
  /** Read only what lies wholly below this offset. */
  readonly upTo?: bigint;
}

/** A batch as it stands in the log: base offset and leader epoch are filled in, its CRC was checked. */
export interface FetchedBatch {
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  readonly bytes: Buffer;
}

/** What was read of one partition. Its first batch may begin before the offset that was asked for. */
export interface FetchedPartition {
  readonly partition: number;
  readonly logStartOffset: bigint;
  /** Where the next append goes. */
  readonly logEndOffset: bigint;
  readonly batches: readonly FetchedBatch[];
}

const DEFAULT_MAX_BYTES = 1_048_576;
const UNDEFINED_TABLE = '42P01';

/**
 * Reads partitions of one topic, in one statement and so in one snapshot. It does not wait: a partition with nothing to
 * read comes back without batches.
 *
 * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION; OFFSET_OUT_OF_RANGE with the range; CORRUPT_MESSAGE and LOG_HOLE with
 * topic, partition and offsets; POSTGRES_UNAVAILABLE.
 *
 * @example
 * const [partition] = await fetch(db, catalogue, 'incidents', [{ partition: 0, offset: 0n }]);
 */
export async function fetch(
  db: Database,
  catalogue: Catalogue,
  topicName: string,
  requests: readonly FetchRequest[],
): Promise<FetchedPartition[]> {
  if (requests.length === 0) return [];
  const topic = await topicHaving(catalogue, topicName, requests);
  const answers = requests.map((): FetchRow[] => []);
  for (const row of await read(db, catalogue, topic, requests))
    answers[row.position]?.push(row);
  return requests.map((request, n) =>
    checked(topic, request, answers[n] as FetchRow[]),
  );
}

/** The topic, read again where a partition is asked for that was not there when it was read before. */
async function topicHaving(
  catalogue: Catalogue,
  name: string,
  requests: readonly FetchRequest[],
): Promise<Topic> {
  const topic = await catalogue.topic(name);
  const known = requests.every(({ partition }) => topic.partitions[partition]);
  return known ? topic : catalogue.reload(name);
}

async function read(
  db: Database,
  catalogue: Catalogue,
  topic: Topic,
  requests: readonly FetchRequest[],
): Promise<FetchRow[]> {
  const positions = requests.map((request) => ({
    maxBytes: DEFAULT_MAX_BYTES,
    ...request,
    partitionId: partitionOf(topic, request.partition).id,
  }));
  try {
    const rows = await db.copyOut(
      fetchBatches(db.schema, topic.leaf, positions),
    );
    return rows.map(fetchRow);
  } catch (error) {
    if (sqlStateOf(error) !== UNDEFINED_TABLE) throw error;
    const current = await catalogue.reload(topic.name);
    if (current.leaf === topic.leaf) throw missingLeaf([topic], error);
    return read(db, catalogue, current, requests);
  }
}

function checked(
  topic: Topic,
  request: FetchRequest,
  rows: readonly FetchRow[],
): FetchedPartition {
  const [first] = rows;
  if (!first) {
    throw new PostamtError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `${topic.name}-${request.partition} is gone`,
    );
  }
  const { logStartOffset, logEndOffset } = first;
  if (request.offset < logStartOffset || request.offset > logEndOffset) {
    throw new PostamtError(
      'OFFSET_OUT_OF_RANGE',
      `offset ${request.offset} of ${topic.name}-${request.partition} is out of range: it has ${logStartOffset} to ${logEndOffset}`,
    );
  }
  let next = request.offset;
  const batches: FetchedBatch[] = [];
  for (const { batch } of rows) {
    if (!batch) continue;
    if (batch.baseOffset > next)
      throw hole(topic, request.partition, next, batch.baseOffset);
    next = batch.lastOffset + 1n;
    batches.push(verified(topic, request.partition, batch));
  }
  return {
    partition: request.partition,
    logStartOffset,
    logEndOffset,
    batches,
  };
}

function verified(
  topic: Topic,
  partition: number,
  batch: NonNullable<FetchRow['batch']>,
): FetchedBatch {
  const { baseOffset, lastOffset, leaderEpoch, bytes } = batch;
  try {
    const header = verifyBatch(bytes);
    if (BigInt(header.lastOffsetDelta) !== lastOffset - baseOffset) {
      throw new PostamtError(
        'CORRUPT_MESSAGE',
        `it says that it ends ${header.lastOffsetDelta} after its begin, its row says ${lastOffset - baseOffset}`,
      );
    }
  } catch (error) {
    if (!isPostamtError(error)) throw error;
    throw new PostamtError(
      error.code,
      `the batch at ${topic.name}-${partition}@${baseOffset} is corrupt: ${error.message}`,
      { cause: error },
    );
  }
  writeOffsetAndEpoch(bytes, baseOffset, leaderEpoch);
  return { baseOffset, lastOffset, bytes };
}

function hole(
  topic: Topic,
  partition: number,
  from: bigint,
  to: bigint,
): PostamtError {
  return new PostamtError(
    'LOG_HOLE',
    `${topic.name}-${partition} lacks the offsets ${from} to ${to - 1n}: the next batch begins at ${to}; restore the leaf ${topic.leaf}`,
  );
}
