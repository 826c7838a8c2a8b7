import { createHash } from 'node:crypto';

/** What goes through the outbox one behind the other: the events of a key in a topic, or one event without a key. */
export interface Lane {
  readonly topicNumber: number;
  /** The SHA-256 of the key; without one, the event's id. */
  readonly lane: Buffer;
}

/** The lane of an event. */
export function laneOf(event: {
  readonly topicNumber: number;
  readonly key: Buffer | null;
  readonly eventId: string;
}): Lane {
  const lane = event.key
    ? createHash('sha256').update(event.key).digest()
    : Buffer.from(event.eventId.replaceAll('-', ''), 'hex');
  return { topicNumber: event.topicNumber, lane };
}

/** A lane as a key of maps and sets. */
export function laneName({ topicNumber, lane }: Lane): string {
  return `${topicNumber}:${lane.toString('base64')}`;
}
