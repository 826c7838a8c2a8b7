import type { PostamtError } from '#kernel';
import type { FetchRequest } from './fetch-request.js';
import type {
  FetchedRow,
  FetchedState,
  SegmentName,
} from './sql/fetch-batches.js';
import type { Topic } from './topic.js';

/** A request on its way to an answer. */
export interface Reading {
  /** Its place in the list of requests. */
  readonly at: number;
  readonly request: FetchRequest;
  topic: Topic;
  partitionId: number;
  /** Where it is to be read; undefined = to be found. */
  segment: SegmentName | undefined;
  /** The number of the sealed segment that had nothing left for it: look for the next one. */
  behind: number | undefined;
  /** Whether offsets may be missing between the segment that was passed and the next one. */
  mayJump: boolean;
  /** How often what this process knew of the topic turned out to be wrong, and what that would mean if it stays so. */
  surprises: number;
  complaint: PostamtError | undefined;
}

/** What the log said of one reading. */
export interface Outcome {
  readonly reading: Reading;
  readonly state: FetchedState | undefined;
  /** In the order of their offsets. */
  readonly rows: readonly FetchedRow[];
}

/** The offset of the next record: above the one asked for where a segment with gaps has been passed. */
export function expectedOffset(
  { request, mayJump }: Reading,
  { firstOffset }: FetchedState,
): bigint {
  const jumps = mayJump && firstOffset !== undefined;
  return jumps && firstOffset > request.offset ? firstOffset : request.offset;
}
