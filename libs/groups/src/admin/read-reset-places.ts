import { listOffsets, type Catalogue } from '#log';
import type { Database } from '#postgres';
import type { ResetPlace, ResetTarget } from './decide-reset.js';
import type { SelectedPartition } from './partition-selection.js';

/** What the log says of a partition whose offset is reset. */
export type LogPlace = SelectedPartition & Omit<ResetPlace, 'before'>;

/**
 * What the log says of the partitions: where it begins and ends, and where a time is that was asked for. It is read before
 * any lock of the group is taken.
 *
 * @throws PostamtError the first partition's that cannot be read: a reset is done for all partitions or none
 */
export async function readResetPlaces(
  db: Database,
  catalogue: Catalogue,
  request: {
    readonly selected: readonly SelectedPartition[];
    readonly target: ResetTarget;
  },
): Promise<LogPlace[]> {
  const { selected, target } = request;
  const time = await timeWanted(db, target);
  const listed = await listOffsets(db, catalogue, [
    ...selected.map((each) => ({ ...nameOf(each), at: 'earliest' as const })),
    ...selected.map((each) => ({ ...nameOf(each), at: 'latest' as const })),
    ...(time === null
      ? []
      : selected.map((each) => ({ ...nameOf(each), at: time }))),
  ]);
  for (const { error } of listed) if (error) throw error;
  const offset = (at: number) => listed[at]?.offset;
  return selected.map((each, n) => {
    const found = offset(n + 2 * selected.length) ?? -1n;
    return {
      ...each,
      logStartOffset: offset(n) as bigint,
      logEndOffset: offset(n + selected.length) as bigint,
      found: found === -1n ? null : found,
    };
  });
}

function nameOf({ topic, partition }: SelectedPartition) {
  return { topic, partition };
}

async function timeWanted(
  db: Database,
  target: ResetTarget,
): Promise<number | null> {
  if (typeof target === 'string') return null;
  if ('time' in target) return target.time;
  if (!('duration' in target)) return null;
  const { rows } = await db.query(
    'select floor(extract(epoch from clock_timestamp()) * 1000) as now_ms',
  );
  return Number(rows[0]?.now_ms) - target.duration;
}
