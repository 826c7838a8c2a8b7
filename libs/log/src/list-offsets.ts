import { performance } from 'node:perf_hooks';
import { isPostamtError, PostamtError, sleep } from '#kernel';
import type { Database } from '#postgres';
import type { Catalogue } from './catalogue.js';
import { FetchMemory } from './fetch-memory.js';
import type { FetchedPartition } from './fetch-request.js';
import { FetchRun } from './fetch-run.js';
import {
  firstRecordSince,
  lastRecordByTime,
  type TimedRecord,
  type TimeSearch,
} from './list-offsets-by-time.js';
import { partitionOf } from './topic.js';

/**
 * Which offset of a partition: `earliest` that can be read; `latest`, behind what readers see; that of the first record
 * with the greatest timestamp (KIP-734); or that of the first record at or after a time in milliseconds since 1970.
 */
export type OffsetAt = 'earliest' | 'latest' | 'max-timestamp' | number;

export interface OffsetRequest {
  readonly topic: string;
  readonly partition: number;
  readonly at: OffsetAt;
}

/** An offset that was asked for. */
export interface ListedOffset {
  readonly topic: string;
  readonly partition: number;
  /** -1 where no record is that late, as in Kafka, and where there is an error. */
  readonly offset: bigint;
  /** The timestamp of the record there, where one was looked for; null otherwise. */
  readonly timestamp: number | null;
  /** The leader epoch of the record there, or of the partition for `latest`; null where none is known. */
  readonly leaderEpoch: number | null;
  readonly error?: PostamtError;
}

/** How long is waited to hear what standbys have flushed, where readers are held to that. */
const REPLICATION_WAIT_MS = 2_000;
const REPLICATION_POLL_MS = 20;

/**
 * Looks offsets up, as Kafka's ListOffsets.
 *
 * @returns one answer for each request, in their order; in `error`: UNKNOWN_TOPIC_OR_PARTITION; CORRUPT_MESSAGE where
 * the record's batch was damaged; NOT_ENOUGH_REPLICAS for `latest` where readers are held to what is replicated and
 * standbys have not told
 * @throws PostamtError POSTGRES_UNAVAILABLE; INVALID_VALUE for a time that is no whole number
 *
 * @example
 * const [first] = await listOffsets(db, catalogue, [{ topic: 'incidents', partition: 0, at: Date.now() - 3_600_000 }]);
 */
export async function listOffsets(
  db: Database,
  catalogue: Catalogue,
  requests: readonly OffsetRequest[],
): Promise<ListedOffset[]> {
  for (const { at } of requests) checkTime(at);
  const states = await readStates(db, catalogue, requests);
  const listed: ListedOffset[] = [];
  for (const [n, request] of requests.entries()) {
    const state = states[n] as FetchedPartition;
    listed.push(
      state.error
        ? notFound(request, state.error)
        : await listOne(db, catalogue, request, state),
    );
  }
  return listed;
}

/** The states of the partitions; where `latest` is asked for, once what is replicated is known. */
async function readStates(
  db: Database,
  catalogue: Catalogue,
  requests: readonly OffsetRequest[],
): Promise<FetchedPartition[]> {
  const deadline = performance.now() + REPLICATION_WAIT_MS;
  for (;;) {
    const run = new FetchRun(db, catalogue, { statesOnly: true });
    const states = await run.answer(
      requests.map((request) => ({ ...request, offset: 0n })),
    );
    const isUnknown = await Promise.all(
      states.map((state) => isHeldBack(db, catalogue, state)),
    );
    const isAsked = requests.some(
      ({ at }, n) => at === 'latest' && isUnknown[n],
    );
    if (!isAsked || performance.now() > deadline) return states;
    await sleep(REPLICATION_POLL_MS);
  }
}

/** Whether readers are held to what is replicated, and nobody has said yet what that is. */
async function isHeldBack(
  db: Database,
  catalogue: Catalogue,
  state: FetchedPartition,
): Promise<boolean> {
  if (state.error || state.highWatermark === state.logEndOffset) return false;
  const { id } = partitionOf(
    await catalogue.topic(state.topic),
    state.partition,
  );
  return !FetchMemory.of(db).marks(id).isKnown;
}

async function listOne(
  db: Database,
  catalogue: Catalogue,
  request: OffsetRequest,
  state: FetchedPartition,
): Promise<ListedOffset> {
  const { topic, partition, at } = request;
  const place = { topic, partition, timestamp: null };
  const { logStartOffset, highWatermark, leaderEpoch } = state;
  if (at === 'earliest')
    return { ...place, offset: logStartOffset, leaderEpoch: null };
  if (at === 'latest') {
    if (await isHeldBack(db, catalogue, state))
      return notFound(request, notReplicated(request));
    return { ...place, offset: highWatermark, leaderEpoch };
  }
  const { id } = partitionOf(await catalogue.topic(topic), partition);
  const search = { topic, partition, partitionId: id, logStartOffset };
  return byTime(db, request, { ...search, highWatermark });
}

async function byTime(
  db: Database,
  request: OffsetRequest,
  search: TimeSearch & { readonly highWatermark: bigint },
): Promise<ListedOffset> {
  const { topic, partition, at } = request;
  try {
    const found: TimedRecord | undefined =
      typeof at === 'number'
        ? await firstRecordSince(db, search, at)
        : await lastRecordByTime(db, search);
    if (!found || found.offset >= search.highWatermark)
      return notFound(request);
    return { topic, partition, ...found };
  } catch (error) {
    if (!isPostamtError(error, 'CORRUPT_MESSAGE')) throw error;
    return notFound(request, error);
  }
}

function notFound(
  { topic, partition }: OffsetRequest,
  error?: PostamtError,
): ListedOffset {
  return {
    topic,
    partition,
    offset: -1n,
    timestamp: null,
    leaderEpoch: null,
    ...(error && { error }),
  };
}

function notReplicated({ topic, partition }: OffsetRequest): PostamtError {
  return new PostamtError(
    'NOT_ENOUGH_REPLICAS',
    `readers of ${topic}-${partition} are held to what min.insync.replicas have flushed, and fewer standbys are connected; connect them, or set consumer.visibility to committed`,
  );
}

function checkTime(at: OffsetAt): void {
  if (typeof at !== 'number' || Number.isSafeInteger(at)) return;
  throw new PostamtError(
    'INVALID_VALUE',
    `the time ${at} is no whole number of milliseconds since 1970; give Date.now() or the like`,
  );
}
