import type { LogEvent } from '#testing';

/** An event as a line of JSON; offsets are strings in it. */
export function lineOf(event: LogEvent): string {
  return `${JSON.stringify(event, (_name, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )}\n`;
}

/** The event that a line holds. */
export function eventOf(line: string): LogEvent {
  return JSON.parse(line, (name, value: unknown) =>
    name === 'offset' && typeof value === 'string' ? BigInt(value) : value,
  ) as LogEvent;
}
