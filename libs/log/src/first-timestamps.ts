import { isPostamtError, type PostamtError } from '#kernel';
import type { Database } from '#postgres';
import { decodeRecordBatch, writeOffsetAndEpoch } from '#records';
import type { Catalogue } from './catalogue.js';
import { corruptAt } from './fetch-errors.js';
import { overLeaves } from './list-offsets-by-time.js';
import {
  batchOutline,
  firstBatches,
  wholeBatch,
  wholeBatches,
  type BatchOutline,
  type FirstBatchSearch,
} from './sql/first-batches.js';
import { findSegments } from './sql/find-segments.js';
import { partitionOf } from './topic.js';

/** From where in a partition the first record is looked for: an offset that its log has or will have. */
export interface FirstTimestampRequest {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** When the first record at or behind an offset is from. */
export interface FirstTimestamp {
  readonly topic: string;
  readonly partition: number;
  /** Milliseconds since 1970; null where no record stands at or behind the offset. */
  readonly timestamp: number | null;
  readonly error?: PostamtError;
}

/** A request on its way to an answer. */
interface Search {
  readonly at: number;
  readonly topic: string;
  readonly partition: number;
  readonly partitionId: number;
  offset: bigint;
  /** The number of the segment that has nothing for it: look behind that. */
  behind: number | null;
  answer: FirstTimestamp | undefined;
}

/** As in a fetch: more positions in one statement would have it compiled (JIT). */
const MOST_POSITIONS = 256;
/** So many bytes of batches are read at a time, where their records have to be looked at. */
const MOST_BYTES = 16_777_216;
/** Bits of a batch's attributes (Kafka docs, Record Batch): its base timestamp is not that of its first record. */
const LOG_APPEND_TIME = 1 << 3;
const DELETE_HORIZON = 1 << 6;

/**
 * The timestamps of the first records at or behind offsets: how long a reader that stands there has been waited for. For
 * any number of partitions it takes a handful of statements, two for each 256 of them; a batch is read whole only where
 * the offset lies inside of it and its header does not tell.
 *
 * @returns one answer for each request, in their order; in `error`: CORRUPT_MESSAGE
 * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION, POSTGRES_UNAVAILABLE
 *
 * @example
 * const [first] = await firstTimestamps(db, catalogue, [{ topic: 'incidents', partition: 0, offset: 42n }]);
 */
export async function firstTimestamps(
  db: Database,
  catalogue: Catalogue,
  requests: readonly FirstTimestampRequest[],
): Promise<FirstTimestamp[]> {
  const searches: Search[] = [];
  for (const [at, { topic, partition, offset }] of requests.entries()) {
    const { id } = partitionOf(await catalogue.topic(topic), partition);
    const search = { at, topic, partition, partitionId: id, offset };
    searches.push({ ...search, behind: null, answer: undefined });
  }
  let open = searches;
  while (open.length > 0) {
    const page = open.slice(0, MOST_POSITIONS);
    await overLeaves(() => lookOnce(db, page.filter(isOpen)));
    open = open.filter(isOpen);
  }
  return searches.map(({ answer }) => answer as FirstTimestamp);
}

function isOpen({ answer }: Search): boolean {
  return answer === undefined;
}

/** One look for each search: answers it, or moves it on to where to look next. */
async function lookOnce(
  db: Database,
  searches: readonly Search[],
): Promise<void> {
  const places = await placesOf(db, searches);
  if (places.length === 0) return;
  const rows = await db.copyOut(firstBatches(db.schema, places));
  const outlines = new Map(
    rows.map(batchOutline).map((each) => [each.position, each]),
  );
  const inside: WholeBatch[] = [];
  for (const place of places) {
    const { position, segment } = place;
    const search = searches[position] as Search;
    const outline = outlines.get(position);
    if (!outline) search.behind = segment;
    else {
      const timestamp = firstTimestampOf(outline, search.offset);
      if (timestamp === undefined) inside.push({ search, place, outline });
      else settle(search, timestamp);
    }
  }
  await lookInside(db, inside);
}

type Place = FirstBatchSearch & { readonly segment: number };

/** In which segments to look. A search that no segment is left for is answered. */
async function placesOf(
  db: Database,
  searches: readonly Search[],
): Promise<Place[]> {
  const found = await db.run(findSegments, [
    searches.map(({ partitionId }) => partitionId),
    searches.map(({ offset }) => offset),
    searches.map(({ behind }) => behind),
  ]);
  const placed = new Map(found.map((each) => [each.position, each]));
  return searches.flatMap((search, position) => {
    const segment = placed.get(position);
    if (!segment) {
      settle(search, null);
      return [];
    }
    const { partitionId, offset } = search;
    const { number, leaf } = segment;
    return [{ position, leaf, partitionId, offset, segment: number }];
  });
}

/** The timestamp that the batch's header tells of its first record at or behind `offset`; undefined where it does not. */
function firstTimestampOf(
  outline: BatchOutline,
  offset: bigint,
): number | undefined {
  const { baseOffset, lastOffset, recordCount, attributes } = outline;
  if (attributes & LOG_APPEND_TIME) return outline.maxTimestamp;
  if (attributes & DELETE_HORIZON) return undefined;
  if (outline.baseTimestamp === outline.maxTimestamp && recordCount > 0)
    return outline.maxTimestamp;
  const isWhole = BigInt(recordCount) === lastOffset - baseOffset + 1n;
  return isWhole && offset <= baseOffset ? outline.baseTimestamp : undefined;
}

interface WholeBatch {
  readonly search: Search;
  readonly place: Place;
  readonly outline: BatchOutline;
}

/** Looks at the records of batches whose headers do not tell, some of them at a time. */
async function lookInside(
  db: Database,
  wanted: readonly WholeBatch[],
): Promise<void> {
  let page: WholeBatch[] = [];
  let bytes = 0;
  for (const each of wanted) {
    if (page.length > 0 && bytes + each.outline.bytes > MOST_BYTES) {
      await readPage(db, page);
      page = [];
      bytes = 0;
    }
    page.push(each);
    bytes += each.outline.bytes;
  }
  if (page.length > 0) await readPage(db, page);
}

async function readPage(
  db: Database,
  page: readonly WholeBatch[],
): Promise<void> {
  const keys = page.map(({ place, outline }, position) => ({
    ...place,
    position,
    offset: outline.baseOffset,
  }));
  // One that is gone by now (compaction, truncation) is looked for again.
  const rows = await db.copyOut(wholeBatches(db.schema, keys));
  for (const [position, bytes] of rows.map(wholeBatch))
    lookAtRecords(page[position] as WholeBatch, bytes);
}

function lookAtRecords({ search, outline }: WholeBatch, bytes: Buffer): void {
  const { baseOffset, leaderEpoch } = outline;
  try {
    writeOffsetAndEpoch(bytes, baseOffset, leaderEpoch);
    const { records } = decodeRecordBatch(bytes);
    const first = records.find(({ offset }) => offset >= search.offset);
    if (first) settle(search, first.timestamp);
    else search.offset = outline.lastOffset + 1n;
  } catch (error) {
    if (!isPostamtError(error)) throw error;
    settle(search, null, corruptAt(search, baseOffset, error));
  }
}

function settle(
  search: Search,
  timestamp: number | null,
  error?: PostamtError,
): void {
  const { topic, partition } = search;
  search.answer = { topic, partition, timestamp, ...(error && { error }) };
}
