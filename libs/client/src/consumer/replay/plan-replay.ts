import { PostamtError } from '#kernel';
import type { Catalogue, OffsetAt } from '#log';
import type { Database } from '#postgres';
import {
  placeOf,
  topicNameOf,
  type AssignedPartition,
  type PartitionPlace,
} from '../consumer-record.js';
import { listPartitionOffsets } from '../list-partition-offsets.js';
import {
  decideRange,
  type FoundBound,
  type ReplayBound,
  type ReplayRange,
} from './replay-range.js';

/** Between which bounds is read. */
export interface ReplayBounds {
  /** The first record; `earliest` by default. */
  readonly from?: ReplayBound;
  /** The record that is not read any more; `latest` by default: what stands there when the replay begins. */
  readonly to?: ReplayBound;
}

/** What is to be replayed: whole topics, or partitions, with bounds of their own where they have some. */
export interface ReplaySource extends ReplayBounds {
  readonly topics?: readonly AssignedPartition['topic'][];
  readonly partitions?: readonly (AssignedPartition & ReplayBounds)[];
}

interface WantedPartition extends PartitionPlace {
  readonly from: ReplayBound;
  readonly to: ReplayBound;
}

/** Looks up what there is to read of each partition. @throws PostamtError as `replay` */
export async function planReplay(
  db: Database,
  catalogue: Catalogue,
  source: ReplaySource,
): Promise<ReplayRange[]> {
  const wanted = await wantedPartitions(catalogue, source);
  const listed = await listPartitionOffsets(
    db,
    catalogue,
    wanted.flatMap((each) => requestsOf(each)),
  );
  const offsets = listed.map(({ offset }) => offset);
  return wanted.map((each) => {
    const [earliest = 0n, latest = 0n] = offsets.splice(0, 2);
    const [from, to] = [each.from, each.to].map((bound) =>
      isTime(bound) ? offsetSince(offsets.shift()) : bound,
    ) as [FoundBound, FoundBound];
    return decideRange(placeOf(each), { from, to }, { earliest, latest });
  });
}

/** Where no record is that late, the time lies behind all of them. */
function offsetSince(found: bigint | undefined): FoundBound {
  return found === undefined || found < 0n ? 'latest' : found;
}

async function wantedPartitions(
  catalogue: Catalogue,
  source: ReplaySource,
): Promise<WantedPartition[]> {
  const { topics = [], partitions = [], ...bounds } = source;
  const all: (AssignedPartition & ReplayBounds)[] = [...partitions];
  for (const topic of topics) {
    const name = topicNameOf({ topic, partition: 0 });
    for (const { index } of (await catalogue.reload(name)).partitions)
      all.push({ topic, partition: index });
  }
  if (all.length === 0) {
    throw new PostamtError(
      'INVALID_VALUE',
      'there is nothing to replay; give topics or partitions',
    );
  }
  const { from = 'earliest', to = 'latest' } = bounds;
  return all.map((each) => ({
    from: each.from ?? from,
    to: each.to ?? to,
    ...placeOf(each),
  }));
}

/** Both ends of the log, and what else is to be looked up. */
function requestsOf(wanted: WantedPartition) {
  const times = [wanted.from, wanted.to].filter(isTime);
  const at: OffsetAt[] = ['earliest', 'latest', ...times.map(Number)];
  return at.map((each) => ({ ...placeOf(wanted), at: each }));
}

function isTime(bound: ReplayBound): bound is number | Date {
  return typeof bound === 'number' || bound instanceof Date;
}
