import { checkReaders } from './check-readers.js';
import { checkOrigins, checkSends } from './check-sends.js';
import { FinalLog } from './final-log.js';
import type { Incident, LogEvent, LogHistory } from './log-event.js';
import type { LogViolation } from './log-violation.js';
import { sendsOf } from './sends.js';

/**
 * Holds what producers and readers of a log did, and were told, against what stands in it in the end; the rules are
 * {@link LOG_RULES}. Give it all events, also of what failed, and the log as read when everybody has stopped. In linear
 * time, for a log that is given in the order of its offsets. Empty = all rules hold.
 *
 * After Jepsen's checker for Kafka (https://github.com/jepsen-io/jepsen, jepsen.tests.kafka).
 *
 * @example
 * expect(checkLogHistory({ events, log: await readLog(…) })).toEqual([]);
 */
export function checkLogHistory(history: LogHistory): LogViolation[] {
  const log = new FinalLog(history);
  const sends = sendsOf(history.events);
  const incidents = history.events
    .filter((event): event is Incident => event.kind === 'incident')
    .sort((a, b) => a.from - b.from);
  return [
    ...checkSends(sends.values(), log, incidents),
    ...checkOrigins(sends, history.log),
    ...log.violations(),
    ...checkReaders(history.events, log, sends),
  ];
}

/** The part of a history that shows a violation: the events of its values, and what stood at its place. */
export function eventsAbout(
  { events }: LogHistory,
  { values, partition, offset }: LogViolation,
): LogEvent[] {
  const named = new Set(values);
  return events.filter((event) => {
    if (event.kind === 'incident') return true;
    if ('value' in event && named.has(event.value)) return true;
    return (
      'reader' in event &&
      event.partition === partition &&
      (event.offset === offset || event.kind === 'truncated')
    );
  });
}
