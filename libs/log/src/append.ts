import { isPostamtError } from '#kernel';
import { sqlStateOf, type Database } from '#postgres';
import type { Acks } from './acks.js';
import { afterAppend } from './after-append.js';
import {
  appendLocks,
  appendStatement,
  planAppend,
  type PlannedAppend,
} from './append-plan.js';
import type { Catalogue } from './catalogue.js';
import { explaining } from './explain-refusal.js';
import { inSyncReplicas } from './in-sync-replicas.js';
import { missingLeaf } from './missing-leaf.js';
import type { PlanOptions } from './plan-options.js';
import { raiseIfStale } from './raise-leader-epochs.js';
import { appendedRow } from './sql/append-batch.js';
import { partitionOf, type Topic } from './topic.js';

/** One record batch to be appended, as a producer made it (Kafka's record batch v2). */
export interface AppendRequest {
  readonly topic: string;
  /** The partition's index in the topic. */
  readonly partition: number;
  readonly batch: Buffer;
}

/** Where a batch was put. */
export interface Appended {
  readonly topic: string;
  readonly partition: number;
  /** The offset of its first record. */
  readonly baseOffset: bigint;
  /** The offset of its last record. */
  readonly lastOffset: bigint;
  /** When it was appended, in milliseconds since 1970, where that is the time of its records (`LogAppendTime`). */
  readonly logAppendTime: number | undefined;
  /** Whether it stood there before: an idempotent producer sent it again. */
  readonly duplicate: boolean;
}

export interface AppendOptions extends Pick<PlanOptions, 'built'> {
  /** When the append counts as done; 1 by default. 0 is the caller's not to wait, and appends as 1 does. */
  readonly acks?: Acks;
  /** How long `all` waits for the standbys, in milliseconds; 30,000 by default. One that takes longer is not in sync. */
  readonly timeoutMs?: number | undefined;
  /** Called for each batch before any SQL; throws to refuse it. The schemas' check comes in here. */
  readonly validate?: (topic: Topic, append: PlannedAppend) => void;
  /** False where a swift attempt has failed; true by default. See {@link appendStatement}. */
  readonly swift?: boolean;
}

const MOST_ATTEMPTS = 5;
const UNDEFINED_TABLE = '42P01';

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
  let swift = options.swift ?? true;
  for (let attempt = 1; ; attempt += 1) {
    const plans = await planFresh(catalogue, requests, options);
    if (plans.length === 0) return [];
    try {
      return await appendPlanned(db, catalogue, plans, { ...options, swift });
    } catch (error) {
      if (swift && isPostamtError(error, 'OUT_OF_ORDER_SEQUENCE_NUMBER')) {
        swift = false;
        continue;
      }
      if (!isStaleCatalogue(error)) throw error;
      if (attempt === MOST_ATTEMPTS) throw typed(error, plans);
      await refresh(db, catalogue, requests, error);
    }
  }
}

/** Whether an append failed since what this process knew of the topic is out of date. */
export function isStaleCatalogue(error: unknown): boolean {
  return (
    isPostamtError(error, 'STALE_LEAF') ||
    isPostamtError(error, 'STALE_TIMELINE') ||
    isPostamtError(error, 'UNKNOWN_TOPIC_OR_PARTITION') ||
    isPostamtError(error, 'FENCED_LEADER_EPOCH') ||
    sqlStateOf(error) === UNDEFINED_TABLE
  );
}

/** Reads anew what made an append fail; where the server was promoted, raises the leader epochs before. */
export async function refresh(
  db: Database,
  catalogue: Catalogue,
  requests: readonly { readonly topic: string }[],
  error: unknown,
): Promise<void> {
  await raiseIfStale(db, error);
  for (const topic of new Set(requests.map((request) => request.topic)))
    await catalogue.reload(topic);
}

/** Plans the appends, and once more with the catalogue read anew where it does not know a topic or a partition. */
export async function planFresh(
  catalogue: Catalogue,
  requests: readonly AppendRequest[],
  options: AppendOptions,
): Promise<PlannedAppend[]> {
  try {
    return await planAll(catalogue, requests, options);
  } catch (error) {
    if (!isPostamtError(error, 'UNKNOWN_TOPIC_OR_PARTITION')) throw error;
    for (const topic of new Set(requests.map((request) => request.topic)))
      await catalogue.reload(topic);
    return planAll(catalogue, requests, options);
  }
}

/** Writes planned batches in one flight, and waits for replicas where that is asked for. */
export async function appendPlanned(
  db: Database,
  catalogue: Catalogue,
  plans: readonly PlannedAppend[],
  { acks = 1, swift = true, timeoutMs }: AppendOptions,
): Promise<Appended[]> {
  const replicas = inSyncReplicas(db);
  const needed = neededReplicas(plans);
  if (acks === 'all') await replicas.require(needed);
  const appended = await writeAppends(db, plans, swift);
  afterAppend(db, catalogue, plans);
  if (acks === 'all') await replicas.flushed(needed, timeoutMs);
  return appended;
}

/** The strictest `min.insync.replicas` of the topics that are appended to. */
export function neededReplicas(plans: readonly PlannedAppend[]): number {
  return Math.max(...plans.map((plan) => plan.topic.config.minInsyncReplicas));
}

/** Writes planned batches in one flight; `acks` are not looked at. */
export async function writeAppends(
  db: Database,
  plans: readonly PlannedAppend[],
  swift = true,
): Promise<Appended[]> {
  const rows = await explaining(db, plans, () =>
    db.fly((basis) => ({
      ...appendLocks(basis, plans),
      statements: plans.map((plan) =>
        appendStatement(plan, { timeline: basis.timeline, swift }),
      ),
    })),
  );
  return plans.map((plan, n) => {
    const row = appendedRow(rows[n]?.[0] as Record<string, unknown>);
    return {
      topic: plan.topic.name,
      partition: plan.partition.index,
      lastOffset: row.baseOffset + BigInt(plan.header.lastOffsetDelta),
      logAppendTime: plan.logAppendTime,
      ...row,
    };
  });
}

function typed(error: unknown, plans: readonly PlannedAppend[]): unknown {
  if (sqlStateOf(error) !== UNDEFINED_TABLE) return error;
  const topics = plans.map((plan) => plan.topic);
  return missingLeaf(topics, error);
}

async function planAll(
  catalogue: Catalogue,
  requests: readonly AppendRequest[],
  options: AppendOptions,
): Promise<PlannedAppend[]> {
  const plans: PlannedAppend[] = [];
  for (const { topic: name, partition, batch } of requests) {
    const topic = catalogue.known(name) ?? (await catalogue.topic(name));
    const place = partitionOf(topic, partition);
    const plan = planAppend(topic, place, batch, options);
    options.validate?.(topic, plan);
    plans.push(plan);
  }
  return plans;
}
