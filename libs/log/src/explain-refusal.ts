import { PostamtError } from '#kernel';
import {
  columnOf,
  defineStatement,
  sqlStateOf,
  type Database,
} from '#postgres';
import type { PlannedAppend } from './append-plan.js';

/** $1 partition id · $2 leader epoch · $3 segment number. It raises the reason, or says that there is none any more. */
const refuseAppend = defineStatement<
  [partitionId: number, leaderEpoch: number, segmentNumber: number]
>({
  name: 'refuse_append',
  text: (schema) => `select ${schema}.refuse_append($1, $2, $3)`,
});

const NOT_NULL_VIOLATION = '23502';

/**
 * Does something that appends, and has the server say why where it refused to place a batch: what this process knew of a
 * topic is out of date.
 *
 * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION, STALE_LEAF, STALE_TIMELINE, FENCED_LEADER_EPOCH; what `act` throws
 */
export async function explaining<T>(
  db: Database,
  plans: readonly PlannedAppend[],
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const unplaced =
      sqlStateOf(error) === NOT_NULL_VIOLATION &&
      columnOf(error) === 'base_offset';
    if (!unplaced) throw error;
    for (const { topic, partition } of plans) {
      await db.write(refuseAppend, [
        partition.id,
        partition.leaderEpoch,
        topic.segmentNumber,
      ]);
    }
    throw new PostamtError(
      'STALE_LEAF',
      'what this process knew of a partition was out of date, and is not any more',
      { cause: error },
    );
  }
}
