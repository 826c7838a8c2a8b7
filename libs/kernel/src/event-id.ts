import { v7 } from 'uuid';

/** A new event id: a UUID version 7 (RFC 9562), which sorts roughly by the time it was made. */
export function newEventId(): string {
  return v7();
}
