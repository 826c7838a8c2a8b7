import { isPostamtError } from '#kernel';
import { sqlStateOf, type Database, type RawRow } from '#postgres';
import {
  appendStatement,
  lockPartitions,
  planAppend,
  type PlannedAppend,
} from './append-plan.js';
import type { Catalogue } from './catalogue.js';
import { missingLeaf } from './missing-leaf.js';
import { partitionOf, partitionWakeUp, type Topic } from './topic.js';

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
}

export interface AppendOptions {
  /** Called for each batch before any SQL; throws to refuse it. The schemas' check comes in here. */
  readonly validate?: (topic: Topic, append: PlannedAppend) => void;
}

const MOST_ATTEMPTS = 5;
const UNDEFINED_TABLE = '42P01';

/**
 * Appends batches in one transaction, to as many partitions as they name, and resolves when it is flushed here: all of
 * them stand in the log, or none. Within a partition offsets are gapless and in the order of commits.
 *
 * @throws PostamtError by the batch: CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, NOT_SUPPORTED, UNKNOWN_TOPIC_OR_PARTITION, all
 * before any SQL that writes; FENCED_LEADER_EPOCH; POSTGRES_UNAVAILABLE (nothing was appended); OUTCOME_UNKNOWN.
 */
export async function append(
  db: Database,
  catalogue: Catalogue,
  requests: readonly AppendRequest[],
  options: AppendOptions = {},
): Promise<Appended[]> {
  for (let attempt = 1; ; attempt += 1) {
    const plans = await planFresh(catalogue, requests, options);
    if (plans.length === 0) return [];
    try {
      return await write(db, plans);
    } catch (error) {
      if (!isStaleCatalogue(error)) throw error;
      if (attempt === MOST_ATTEMPTS) throw typed(error, plans);
      await reloadAll(catalogue, requests);
    }
  }
}

/** Whether an append failed since what this process knew of the topic is out of date. */
export function isStaleCatalogue(error: unknown): boolean {
  return (
    isPostamtError(error, 'STALE_LEAF') ||
    isPostamtError(error, 'UNKNOWN_TOPIC_OR_PARTITION') ||
    isPostamtError(error, 'FENCED_LEADER_EPOCH') ||
    sqlStateOf(error) === UNDEFINED_TABLE
  );
}

/** Plans the appends, and once more with the catalogue read anew where it does not know a topic or a partition. */
async function planFresh(
  catalogue: Catalogue,
  requests: readonly AppendRequest[],
  options: AppendOptions,
): Promise<PlannedAppend[]> {
  try {
    return await planAll(catalogue, requests, options);
  } catch (error) {
    if (!isPostamtError(error, 'UNKNOWN_TOPIC_OR_PARTITION')) throw error;
    await reloadAll(catalogue, requests);
    return planAll(catalogue, requests, options);
  }
}

async function reloadAll(
  catalogue: Catalogue,
  requests: readonly AppendRequest[],
): Promise<void> {
  for (const topic of new Set(requests.map((request) => request.topic)))
    await catalogue.reload(topic);
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
    const topic = await catalogue.topic(name);
    const plan = planAppend(topic, partitionOf(topic, partition), batch);
    options.validate?.(topic, plan);
    plans.push(plan);
  }
  return plans;
}

async function write(
  db: Database,
  plans: readonly PlannedAppend[],
): Promise<Appended[]> {
  const rows = await db.transaction(
    (tx) =>
      tx.writeAndCommit([
        lockPartitions(tx, plans),
        ...plans.map(appendStatement),
      ]),
    { pipelined: true },
  );
  db.wakeUps.mark(plans.map((plan) => partitionWakeUp(plan.partition.id)));
  return plans.map((plan, n) => appendedAt(plan, rows[n + 1]));
}

function appendedAt(
  plan: PlannedAppend,
  rows: readonly RawRow[] | undefined,
): Appended {
  const baseOffset = BigInt(rows?.[0]?.base_offset as string);
  return {
    topic: plan.topic.name,
    partition: plan.partition.index,
    baseOffset,
    lastOffset: baseOffset + BigInt(plan.header.lastOffsetDelta),
  };
}
