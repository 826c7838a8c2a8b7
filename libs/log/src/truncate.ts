import { bind, defineStatement, type Database } from '#postgres';
import type { Catalogue } from './catalogue.js';
import { partitionOf, partitionWakeUp } from './topic.js';

/** $1 partition id · $2 offset */
const truncatePartition = defineStatement<
  [partitionId: number, offset: bigint],
  { logEndOffset: bigint | null }
>({
  name: 'truncate_partition',
  text: (schema) =>
    `select ${schema}.truncate_partition($1, $2) as log_end_offset`,
  mapRow: ({ log_end_offset: end }) => ({
    logEndOffset: end === null ? null : BigInt(end as string),
  }),
});

/**
 * Takes everything from `offset` on out of a partition: what a follower does with a tail that its leader does not have
 * (KIP-101). A batch that holds the offset goes whole. Sequences and leader epochs of what is gone are forgotten.
 *
 * @returns where the log ends now, or undefined where nothing stood there
 * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION; OFFSET_OUT_OF_RANGE below the log start offset
 */
export async function truncate(
  db: Database,
  catalogue: Catalogue,
  at: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: bigint;
  },
): Promise<bigint | undefined> {
  const topic = await catalogue.topic(at.topic);
  const { id } = partitionOf(topic, at.partition);
  const [rows] = await db.fly((basis) => ({
    alone: basis.lockKeys('topic', [topic.number]),
    statements: [bind(truncatePartition, [id, at.offset])],
  }));
  catalogue.clear();
  db.wakeUps.mark([partitionWakeUp(id)]);
  const [row] = (rows ?? []).map((each) => truncatePartition.mapRow(each));
  return row?.logEndOffset ?? undefined;
}
