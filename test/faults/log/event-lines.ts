import type { LogEvent } from '#testing';

/** The event that a line of JSON holds; offsets are strings in it. */
export function eventOf(line: string): LogEvent {
  return JSON.parse(line, (name, value: unknown) =>
    name === 'offset' && typeof value === 'string' ? BigInt(value) : value,
  ) as LogEvent;
}
