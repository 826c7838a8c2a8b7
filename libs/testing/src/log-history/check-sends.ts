import type { FinalLog } from './final-log.js';
import type { Incident, StoredValue } from './log-event.js';
import { placeOf, type LogViolation } from './log-violation.js';
import type { Send } from './sends.js';

/** What each send was told, held against the final log. */
export function checkSends(
  sends: Iterable<Send>,
  log: FinalLog,
  incidents: readonly Incident[],
): LogViolation[] {
  const violations: LogViolation[] = [];
  const lanes = Map.groupBy(
    sends,
    ({ producer, partition }) => `${partition} ${producer}`,
  );
  for (const lane of lanes.values()) {
    violations.push(...lane.flatMap((send) => checkAnswer(send, log)));
    violations.push(...checkLost(lane, log, incidents));
    violations.push(...checkOrder(lane, log));
  }
  return violations;
}

/** Values in the log that nobody sent. */
export function checkOrigins(
  sends: ReadonlyMap<string, Send>,
  stored: readonly StoredValue[],
): LogViolation[] {
  return stored.flatMap((at) =>
    sends.has(at.value)
      ? []
      : [
          {
            rule: 'never sent' as const,
            detail: `${at.value} at ${placeOf(at)} was never sent`,
            partition: at.partition,
            values: [at.value],
            offset: at.offset,
          },
        ],
  );
}

function checkAnswer(send: Send, log: FinalLog): LogViolation[] {
  const { value, partition, ended } = send;
  const at = log.placeOf(value);
  if (!at) return [];
  const about = { partition, values: [value], offset: at.offset };
  if (ended?.kind === 'fail') {
    const detail = `the send of ${value} failed (${ended.error ?? 'no code'}), and it stands at ${placeOf(at)}`;
    return [{ rule: 'aborted read', detail, ...about }];
  }
  const told = ended?.kind === 'ok' ? ended.offset : undefined;
  const toldOtherwise =
    told !== undefined && told !== null && told !== at.offset;
  const isThere = toldOtherwise
    ? log.valueAt(partition, told) === value
    : at.partition === partition;
  if (isThere) return [];
  const detail = `${value} was sent to ${partition} and acknowledged at ${told ?? 'no offset'}, and stands at ${placeOf(at)}`;
  return [{ rule: 'inconsistent offsets', detail, ...about }];
}

/** From the last send to the first, so that what was kept behind a lost one is known. */
function checkLost(
  lane: readonly Send[],
  log: FinalLog,
  incidents: readonly Incident[],
): LogViolation[] {
  const violations: LogViolation[] = [];
  let kept: Send | undefined;
  for (const send of lane.toReversed()) {
    if (log.placeOf(send.value)) kept = send;
    else if (wasAcknowledged(send, log) && !isTail(send, kept, incidents))
      violations.push(lost(send, kept));
  }
  return violations.toReversed();
}

/** Acknowledged, and not below where the log starts by now. */
function wasAcknowledged({ ended, partition }: Send, log: FinalLog): boolean {
  if (ended?.kind !== 'ok') return false;
  const { offset } = ended;
  return (
    offset === undefined || offset === null || offset >= log.startOf(partition)
  );
}

/**
 * Whether a fault may have taken this send and with it all that was sent behind it, up to the fault. `acks=all` is lost
 * by none, `acks=1` by a promotion only.
 */
function isTail(
  send: Send,
  kept: Send | undefined,
  incidents: readonly Incident[],
): boolean {
  if (send.acks === 'all') return false;
  const fault = incidents.find(
    ({ what, to }) =>
      to >= send.at && (send.acks === 0 || what === 'promotion'),
  );
  if (!fault) return false;
  return fault.from <= send.at || kept === undefined || kept.at >= fault.from;
}

function lost(send: Send, kept: Send | undefined): LogViolation {
  const { value, acks, producer, partition, ended } = send;
  const rule = acks === 0 ? 'acks0 middle' : 'lost';
  const behind = kept ? `; ${kept.value}, sent behind it, is` : '';
  const offset = ended?.offset ?? undefined;
  return {
    rule,
    detail: `${value} of ${producer} was acknowledged (acks=${acks}) at ${partition}@${offset ?? '?'} and is not in the log${behind}`,
    partition,
    values: kept ? [value, kept.value] : [value],
    ...(offset === undefined ? {} : { offset }),
  };
}

function checkOrder(lane: readonly Send[], log: FinalLog): LogViolation[] {
  const violations: LogViolation[] = [];
  let last: StoredValue | undefined;
  for (const { value, producer, partition } of lane) {
    const at = log.placeOf(value);
    if (!at || at.partition !== partition) continue;
    if (last && at.offset < last.offset)
      violations.push({
        rule: 'order',
        detail: `${producer} sent ${last.value} before ${value}, which stand at ${placeOf(last)} and ${placeOf(at)}`,
        partition,
        values: [last.value, value],
        offset: at.offset,
      });
    else last = at;
  }
  return violations;
}
