import { PostamtError } from '#kernel';
import { sqlStateOf, type Database, type Tx } from '#postgres';
import type { Catalogue } from './catalogue.js';
import {
  lockLogStarts,
  moveLogStart,
  readLogEnds,
} from './maintenance/sql/move-log-start.js';
import { partitionOf, type Partition, type Topic } from './topic.js';

/** Up to where records of a partition are to be deleted. */
export interface DeleteRecordsRequest {
  readonly topic: string;
  /** The partition's index in the topic. */
  readonly partition: number;
  /** The first offset that stays; -1n = the end, so that nothing stays. */
  readonly before: bigint;
}

export interface DeletedRecords {
  readonly topic: string;
  readonly partition: number;
  /** The first offset that can be read now. */
  readonly logStartOffset: bigint;
}

interface Target extends DeleteRecordsRequest {
  readonly known: Topic;
  readonly place: Partition;
}

const TO_THE_END = -1n;
const MOST_ATTEMPTS = 3;
const UNDEFINED_TABLE = '42P01';

/**
 * Deletes the records of partitions below an offset, in one transaction: all of it, or nothing. Readers have them no more
 * from then on; the disk they take is given back by maintenance, segment by segment. An offset below the log start changes
 * nothing (Kafka: KIP-107, Admin.deleteRecords).
 *
 * @returns the new log start offsets, in the order of the requests
 * @throws PostamtError OFFSET_OUT_OF_RANGE for an offset beyond the end; INVALID_CONFIG for a topic that is only
 * compacted; UNKNOWN_TOPIC_OR_PARTITION
 *
 * @example
 * await deleteRecords(db, catalogue, [{ topic: 'incidents', partition: 0, before: 4711n }]);
 */
export async function deleteRecords(
  db: Database,
  catalogue: Catalogue,
  requests: readonly DeleteRecordsRequest[],
): Promise<DeletedRecords[]> {
  for (let attempt = 1; ; attempt += 1) {
    const targets: Target[] = [];
    for (const request of requests)
      targets.push(await targetOf(catalogue, request));
    try {
      return await db.transaction((tx) => moveAll(tx, targets));
    } catch (error) {
      // The leaf that was active a moment ago was sealed and dropped meanwhile.
      const isStale = sqlStateOf(error) === UNDEFINED_TABLE;
      if (!isStale || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

async function targetOf(
  catalogue: Catalogue,
  request: DeleteRecordsRequest,
): Promise<Target> {
  const known = await catalogue.reload(request.topic);
  if (!known.config.cleanupPolicy.includes('delete')) {
    throw new PostamtError(
      'INVALID_CONFIG',
      `records of topic ${known.name} cannot be deleted: its cleanup.policy is compact; set it to compact,delete, or append tombstones`,
    );
  }
  return { ...request, known, place: partitionOf(known, request.partition) };
}

async function moveAll(
  tx: Tx,
  targets: readonly Target[],
): Promise<DeletedRecords[]> {
  const moved: DeletedRecords[] = [];
  await tx.run(lockLogStarts, [targets.map(({ place }) => place.id)]);
  for (const target of targets) {
    const { topic, partition, place } = target;
    const offset = offsetToKeep(target, await logEnd(tx, target));
    const [logStartOffset] = await tx.run(moveLogStart, [place.id, offset]);
    moved.push({ topic, partition, logStartOffset: logStartOffset as bigint });
  }
  return moved;
}

async function logEnd(tx: Tx, { known, place }: Target): Promise<bigint> {
  const ends = readLogEnds(known.leaf);
  const [row] = await tx.run(ends, [[place.id], known.segmentNumber]);
  const end = row?.end ?? null;
  if (end !== null) return end;
  throw new PostamtError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `${known.name}-${place.index} is gone`,
  );
}

function offsetToKeep(target: Target, end: bigint): bigint {
  const { topic, partition, before } = target;
  if (before === TO_THE_END) return end;
  if (before >= 0n && before <= end) return before;
  throw new PostamtError(
    'OFFSET_OUT_OF_RANGE',
    `records of ${topic}-${partition} cannot be deleted up to ${before}: it ends at ${end}; give 0 to ${end}, or -1 for all`,
  );
}
