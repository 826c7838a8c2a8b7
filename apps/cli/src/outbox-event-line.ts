import { isUtf8 } from 'node:buffer';
import type { DiscardedEvent, WaitingEvent } from '#outbox';

/** What is shown of an event, whoever did something about it. */
type Shown = Omit<WaitingEvent, 'status'> & { readonly status: string };

/** The topic of an event for people. */
export function topicOf({
  topic,
  topicNumber,
}: {
  readonly topic: string | null;
  readonly topicNumber: number;
}): string {
  return topic ?? `(topic ${topicNumber}, which is gone)`;
}

/** A key for people: its text, or base64 where it is none. */
export function keyText(key: Buffer | null): string {
  if (key === null) return '-';
  return isUtf8(key) ? key.toString() : `base64:${key.toString('base64')}`;
}

/** An event as a line of a table. */
export function eventRow(event: Shown): string[] {
  return [
    event.eventId,
    topicOf(event),
    keyText(event.key),
    event.status,
    event.reason === null ? '-' : `${event.code}: ${event.reason}`,
  ];
}

export const EVENT_HEAD = ['id', 'topic', 'key', 'status', 'reason'] as const;

/** An event ready for JSON: the key as text, and as base64 where it is none; times in ISO 8601. */
export function eventJson({ id, key, timestamp, dueAt, ...event }: Shown) {
  const { eventId, ...rest } = event;
  return {
    id: eventId,
    ...rest,
    position: String(id),
    key: key !== null && isUtf8(key) ? key.toString() : null,
    keyBase64: key === null ? null : key.toString('base64'),
    timestamp: new Date(timestamp).toISOString(),
    due: dueAt === null ? null : new Date(dueAt).toISOString(),
  };
}

/** An event with all that is needed to publish it once more, as a line of a file. */
export function keptLine({ value, headers, ...event }: DiscardedEvent): string {
  return JSON.stringify({
    ...eventJson(event),
    valueBase64: value === null ? null : value.toString('base64'),
    headers: headers.map((header) => [
      header.key,
      header.value.toString('base64'),
    ]),
  });
}
