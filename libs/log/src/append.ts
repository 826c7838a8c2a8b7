import type { Database } from '#postgres';
import type {
  Appended,
  AppendOptions,
  AppendRequest,
} from './append-request.js';
import type { Catalogue } from './catalogue.js';
import { commitAppend, type AppendCommit } from './commit-append.js';
import { inSyncReplicas } from './in-sync-replicas.js';

/**
 * Appends batches in one transaction, to as many partitions as they name: all of them stand in the log, or none. It
 * resolves when that is flushed here (`acks` 1), or by the in-sync replicas too (`all`). Within a partition offsets are
 * gapless and in the order of commits. Batches that bear a producer id are appended once (KIP-98).
 *
 * @throws PostamtError by the batch: CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, INVALID_RECORD, INVALID_TIMESTAMP,
 * NOT_SUPPORTED, UNKNOWN_TOPIC_OR_PARTITION, all before any SQL that writes; OUT_OF_ORDER_SEQUENCE_NUMBER,
 * INVALID_PRODUCER_EPOCH; FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH; NOT_ENOUGH_REPLICAS; POSTGRES_UNAVAILABLE,
 * KAFKA_STORAGE_ERROR, NOT_LEADER_OR_FOLLOWER: nothing was appended. NOT_ENOUGH_REPLICAS_AFTER_APPEND: it is appended,
 * and on too few replicas. OUTCOME_UNKNOWN.
 */
export async function append(
  db: Database,
  catalogue: Catalogue,
  requests: readonly AppendRequest[],
  options: AppendOptions = {},
): Promise<Appended[]> {
  const commit = await commitAppend(db, catalogue, requests, options);
  await awaitReplicas(db, commit, options);
  return commit.appended;
}

/**
 * Waits for what `acks` asks for beyond the commit.
 *
 * @throws PostamtError NOT_ENOUGH_REPLICAS_AFTER_APPEND; OUTCOME_UNKNOWN where the server went while it was waited for
 */
export async function awaitReplicas(
  db: Database,
  { needed, timeline }: AppendCommit,
  { acks, timeoutMs }: AppendOptions,
): Promise<void> {
  if (acks !== 'all') return;
  await inSyncReplicas(db).flushed({ needed, timeline, timeoutMs });
}
