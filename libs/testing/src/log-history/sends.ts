import type { LogEvent, SendEnded, SendInvoked } from './log-event.js';

/** A send and what became of it. */
export interface Send extends SendInvoked {
  readonly ended: SendEnded | undefined;
}

/** The sends of a history, by value, in the order in which they were invoked. */
export function sendsOf(events: readonly LogEvent[]): Map<string, Send> {
  const ends = new Map<string, SendEnded>();
  for (const event of events) if (isEnd(event)) ends.set(event.value, event);
  const sends = new Map<string, Send>();
  for (const event of events)
    if (event.kind === 'invoke')
      sends.set(event.value, { ...event, ended: ends.get(event.value) });
  return sends;
}

function isEnd(event: LogEvent): event is SendEnded {
  return (
    event.kind === 'ok' || event.kind === 'fail' || event.kind === 'unknown'
  );
}
