import { defineStatement } from '#postgres';

/** Where an event waits: in a parked lane, or (no lane) for its time. */
export interface WaitingPlace {
  readonly shard: number;
  readonly topicNumber: number;
  readonly lane: Buffer | null;
}

/**
 * Where the events with an id wait; nothing where none does. $1 event id. It reads what waits from end to end: an id is
 * asked for by people, one at a time.
 */
export const findWaiting = defineStatement<[eventId: string], WaitingPlace>({
  name: 'find_waiting',
  text: (schema) => `
    select parked.shard, parked.topic_number, parked.lane
    from ${schema}.outbox_parked as parked where parked.event_id = $1
    union all
    select delayed.shard, delayed.topic_number, null
    from ${schema}.outbox_unreleased as delayed where delayed.event_id = $1`,
  mapRow: (row) => ({
    shard: row.shard as number,
    topicNumber: row.topic_number as number,
    lane: row.lane as Buffer | null,
  }),
});
