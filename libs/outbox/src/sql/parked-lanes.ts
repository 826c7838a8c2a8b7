import { defineStatement } from '#postgres';
import type { Lane } from '../move/lane.js';

/** Which of some lanes are parked. $1 topic numbers · $2 lanes. */
export const parkedLanes = defineStatement<
  [topicNumbers: readonly number[], lanes: readonly Buffer[]],
  Lane
>({
  name: 'parked_lanes',
  text: (schema) => `
    select parked.topic_number, parked.lane
    from ${schema}.outbox_parked_keys as parked
    join (
      select distinct wanted.topic_number, wanted.lane from unnest($1::int[], $2::bytea[]) as wanted(topic_number, lane)
    ) as wanted on wanted.topic_number = parked.topic_number and wanted.lane = parked.lane`,
  mapRow: (row) => ({
    topicNumber: row.topic_number as number,
    lane: row.lane as Buffer,
  }),
});
