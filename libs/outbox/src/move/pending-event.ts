import type { RawRow } from '#postgres';

/** An event of the outbox that is to be moved. */
export interface PendingEvent {
  readonly id: bigint;
  readonly shard: number;
  readonly eventId: string;
  readonly topicNumber: number;
  readonly timestamp: number;
  /** Not before this time, in milliseconds since 1970; undefined = at once. */
  readonly deliverAt: number | undefined;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [string, string])[] | null;
}

/** Reads a row of `outbox_events`, or of the tables of those that wait. */
export function pendingEvent(row: RawRow): PendingEvent {
  const deliverAt = row.deliver_at as string | null | undefined;
  return {
    id: BigInt(row.id as string),
    shard: row.shard as number,
    eventId: row.event_id as string,
    topicNumber: row.topic_number as number,
    timestamp: Number(row.timestamp),
    deliverAt: deliverAt ? Number(deliverAt) : undefined,
    key: row.key as Buffer | null,
    value: row.value as Buffer | null,
    headers: row.headers as PendingEvent['headers'],
  };
}
