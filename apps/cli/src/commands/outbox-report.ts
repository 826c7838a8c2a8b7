import type { WaitingEvent } from '#outbox';
import { count } from '../count.js';
import { EVENT_HEAD, eventJson, eventRow } from '../outbox-event-line.js';
import type { Output } from '../output.js';
import { formatTable } from '../table.js';

/** More than that nobody reads on a screen. */
const MOST_SHOWN = 20;

/** Says what was done to events, or would be: `words` go before the number of them. */
export async function reportEvents(
  events: readonly WaitingEvent[],
  how: {
    readonly words: string;
    readonly thing: string;
    readonly dryRun: boolean;
    readonly json: boolean;
  },
  output: Output,
): Promise<void> {
  if (how.json) {
    const { dryRun } = how;
    await output.line(
      JSON.stringify({ dryRun, events: events.map(eventJson) }),
    );
    return;
  }
  if (events.length > 0)
    await output.line(
      formatTable(EVENT_HEAD, events.slice(0, MOST_SHOWN).map(eventRow)),
    );
  if (events.length > MOST_SHOWN)
    await output.line(`… and ${events.length - MOST_SHOWN} more`);
  await output.line(`${how.words} ${count(events.length, how.thing)}`);
}
