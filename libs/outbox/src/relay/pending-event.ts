import type { RawRow } from '#postgres';

/** An event of the outbox that is to be moved. */
export interface PendingEvent {
  readonly id: bigint;
  readonly shard: number;
  readonly eventId: string;
  readonly topicNumber: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [string, string])[] | null;
}

/** Reads a row of `outbox_events`. */
export function pendingEvent(row: RawRow): PendingEvent {
  return {
    id: BigInt(row.id as string),
    shard: row.shard as number,
    eventId: row.event_id as string,
    topicNumber: row.topic_number as number,
    timestamp: Number(row.timestamp),
    key: row.key as Buffer | null,
    value: row.value as Buffer | null,
    headers: row.headers as PendingEvent['headers'],
  };
}
