import type { FinalLog } from './final-log.js';
import type { LogEvent, Polled, Positioned } from './log-event.js';
import { placeOf, type LogViolation } from './log-violation.js';
import { ReaderView } from './reader-view.js';
import type { Send } from './sends.js';

/** What readers were given: each by itself, all against the final log, and against each other. */
export function checkReaders(
  events: readonly LogEvent[],
  log: FinalLog,
  sends: ReadonlyMap<string, Send>,
): LogViolation[] {
  const violations: LogViolation[] = [];
  const views = new Map<string, ReaderView>();
  const seen = new Map<string, Polled>();
  for (const event of events) {
    if (!isReaders(event)) continue;
    const view = viewOf(views, event);
    if (event.kind !== 'poll') {
      violations.push(...view.position(event));
      continue;
    }
    violations.push(...view.poll(event));
    violations.push(...checkOthers(seen, event));
    if (log.placeOf(event.value) === undefined)
      violations.push(...checkOrigin(event, sends.get(event.value)));
  }
  for (const view of views.values()) violations.push(...view.compare(log));
  return violations;
}

function isReaders(event: LogEvent): event is Polled | Positioned {
  return 'reader' in event;
}

function viewOf(
  views: Map<string, ReaderView>,
  { reader, partition }: Polled | Positioned,
): ReaderView {
  const key = `${partition} ${reader}`;
  const known = views.get(key);
  if (known) return known;
  const view = new ReaderView(reader, partition);
  views.set(key, view);
  return view;
}

/** In one leader epoch an offset has one value, for all readers and for ever: no truncation excuses another one. */
function checkOthers(
  seen: Map<string, Polled>,
  polled: Polled,
): LogViolation[] {
  const { partition, offset, leaderEpoch, value } = polled;
  const key = `${partition} ${offset} ${leaderEpoch}`;
  const first = seen.get(key);
  if (!first) seen.set(key, polled);
  if (!first || first.value === value) return [];
  return [
    {
      rule: 'inconsistent offsets',
      detail: `in leader epoch ${leaderEpoch} reader ${first.reader} saw ${first.value} and reader ${polled.reader} saw ${value} at ${placeOf(polled)}`,
      partition,
      values: [first.value, value],
      offset,
    },
  ];
}

/** Of a value that is not in the log: those that are there are held against their sends already. */
function checkOrigin(polled: Polled, send: Send | undefined): LogViolation[] {
  const { reader, value, partition, offset } = polled;
  const about = { partition, values: [value], offset };
  const where = `reader ${reader} saw ${value} at ${placeOf(polled)}`;
  if (!send)
    return [
      { rule: 'never sent', detail: `${where}, and nobody sent it`, ...about },
    ];
  if (send.ended?.kind !== 'fail') return [];
  const detail = `${where}, and its send failed (${send.ended.error ?? 'no code'})`;
  return [{ rule: 'aborted read', detail, ...about }];
}
