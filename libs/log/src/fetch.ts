import { isPostamtError } from '#kernel';
import type { Database } from '#postgres';
import type { Catalogue } from './catalogue.js';
import type {
  FetchedPartition,
  FetchOptions,
  FetchRequest,
} from './fetch-request.js';
import { FetchRun } from './fetch-run.js';
import { raiseLeaderEpochs } from './raise-leader-epochs.js';

/**
 * Reads partitions, of one topic or of several, in one statement and so in one snapshot (up to 256 partitions; what turns
 * out to stand in another segment than this process believed is read again). It does not wait: a partition with nothing
 * to read comes back without batches. It runs on a hot standby too.
 *
 * What is wrong with one partition stands in its `error`, and the others are read: UNKNOWN_TOPIC_OR_PARTITION;
 * OFFSET_OUT_OF_RANGE with the range; CORRUPT_MESSAGE and LOG_HOLE with topic, partition and offsets, where nothing
 * before could be given; LOG_TRUNCATION with the offset up to which log and reader agree, also as `divergingOffset`;
 * UNKNOWN_LEADER_EPOCH; STALE_LEAF where a leaf does not exist though the catalogue names it.
 *
 * @returns one answer for each request, in their order
 * @throws PostamtError POSTGRES_UNAVAILABLE, also where a hot standby cancelled the statement; CLOSED
 *
 * @example
 * const [partition] = await fetch(db, catalogue, [{ topic: 'incidents', partition: 0, offset: 0n }]);
 * if (partition?.error) throw partition.error;
 */
export async function fetch(
  db: Database,
  catalogue: Catalogue,
  requests: readonly FetchRequest[],
  options: FetchOptions = {},
): Promise<FetchedPartition[]> {
  const answers = await new FetchRun(db, catalogue, options).answer(requests);
  if (!answers.some((answer, n) => mayBeTruncated(answer, requests[n])))
    return answers;
  // A server that was promoted, and to which nobody has appended yet: raise its epochs, so that the reader is told.
  const topics = requests.map(({ topic }) => catalogue.known(topic)?.number);
  const known = topics.filter((number) => number !== undefined);
  const raised = await raiseLeaderEpochs(db, known).then(
    () => true,
    () => false,
  );
  if (!raised) return answers;
  return new FetchRun(db, catalogue, options).answer(requests);
}

/** Whether a reader that has read further than the log goes may be one of an older leader epoch. */
function mayBeTruncated(
  { error }: FetchedPartition,
  request: FetchRequest | undefined,
): boolean {
  return (
    isPostamtError(error, 'OFFSET_OUT_OF_RANGE') &&
    request?.lastFetchedEpoch !== undefined
  );
}
