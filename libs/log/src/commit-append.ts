import { isPostamtError } from '#kernel';
import { sqlStateOf, type Database } from '#postgres';
import { afterAppend } from './after-append.js';
import {
  appendLocks,
  appendStatement,
  planAppend,
  type PlannedAppend,
} from './append-plan.js';
import type {
  Appended,
  AppendOptions,
  AppendRequest,
} from './append-request.js';
import type { Catalogue } from './catalogue.js';
import { explaining } from './explain-refusal.js';
import { inSyncReplicas } from './in-sync-replicas.js';
import { missingLeaf } from './missing-leaf.js';
import { raiseIfStale } from './raise-leader-epochs.js';
import { appendedRow } from './sql/append-batch.js';
import { partitionOf } from './topic.js';

/** Appends that are committed, on this server so far. */
export interface AppendCommit {
  readonly appended: Appended[];
  /** The timeline of the server that committed them. */
  readonly timeline: number;
  /** The strictest `min.insync.replicas` of their topics. */
  readonly needed: number;
}

const MOST_ATTEMPTS = 5;
const UNDEFINED_TABLE = '42P01';
const NOTHING: AppendCommit = { appended: [], timeline: 0, needed: 1 };

/**
 * Plans and writes batches in one flight; where what this process knew of a topic turns out to be out of date, reads it
 * anew and tries again. With `acks` all it looks for enough replicas before, and does not wait for them after.
 */
export async function commitAppend(
  db: Database,
  catalogue: Catalogue,
  requests: readonly AppendRequest[],
  options: AppendOptions,
): Promise<AppendCommit> {
  let swift = options.swift ?? true;
  for (let attempt = 1; ; attempt += 1) {
    const plans = await planFresh(catalogue, requests, options);
    if (plans.length === 0) return NOTHING;
    try {
      if (options.acks === 'all')
        await inSyncReplicas(db).require(neededReplicas(plans));
      return await writeAppends(db, catalogue, plans, swift);
    } catch (error) {
      if (swift && isPostamtError(error, 'OUT_OF_ORDER_SEQUENCE_NUMBER')) {
        swift = false;
        continue;
      }
      if (!isStaleCatalogue(error)) throw error;
      if (attempt >= MOST_ATTEMPTS) throw typed(error, plans);
      const topics = plans.map(({ topic }) => topic.number);
      await raiseIfStale(db, topics, error);
      await reload(catalogue, requests);
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
    await reload(catalogue, requests);
    return planAll(catalogue, requests, options);
  }
}

/** The strictest `min.insync.replicas` of the topics that are appended to. */
export function neededReplicas(plans: readonly PlannedAppend[]): number {
  return Math.max(...plans.map((plan) => plan.topic.config.minInsyncReplicas));
}

/** Writes planned batches in one flight; `acks` are not looked at. */
export async function writeAppends(
  db: Database,
  catalogue: Catalogue,
  plans: readonly PlannedAppend[],
  swift = true,
): Promise<AppendCommit> {
  let timeline = 0;
  const rows = await explaining(db, plans, () =>
    db.fly((basis) => {
      ({ timeline } = basis);
      const statements = plans.map((plan) =>
        appendStatement(plan, { timeline, swift }),
      );
      return { ...appendLocks(basis, plans), statements };
    }),
  );
  afterAppend(db, catalogue, plans);
  const appended = plans.map((plan, n) =>
    appendedAt(plan, rows[n]?.[0] as Record<string, unknown>),
  );
  return { appended, timeline, needed: neededReplicas(plans) };
}

function appendedAt(
  plan: PlannedAppend,
  row: Record<string, unknown>,
): Appended {
  const { baseOffset, duplicate } = appendedRow(row);
  return {
    topic: plan.topic.name,
    partition: plan.partition.index,
    baseOffset,
    lastOffset: baseOffset + BigInt(plan.header.lastOffsetDelta),
    logAppendTime: plan.logAppendTime,
    duplicate,
  };
}

async function reload(
  catalogue: Catalogue,
  requests: readonly AppendRequest[],
): Promise<void> {
  for (const topic of new Set(requests.map((request) => request.topic)))
    await catalogue.reload(topic, 'writer');
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
