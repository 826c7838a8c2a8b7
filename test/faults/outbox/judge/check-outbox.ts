import { checkHistory, HISTORY_RULES } from '#testing';
import type {
  LedgerEntry,
  OutboxHistory,
  StoredEvent,
  TransactionEnding,
} from '../outbox-history.js';

/** The rules that a run of the outbox is held against; each is one that the outbox promises. */
export const OUTBOX_RULES = [
  ...HISTORY_RULES,
  'changed',
  'early',
  'outcome',
  'status',
  'waiting',
] as const;

export type OutboxRule = (typeof OUTBOX_RULES)[number];

export interface OutboxViolation {
  readonly rule: OutboxRule;
  readonly detail: string;
}

/**
 * Holds what was committed against what stands in the topics: each committed event once in its topic as it was published
 * and nothing else, the events of a key in the order of their versions, offsets without gap or overlap, nothing before it
 * is due, what writers were told true, `postamt.outbox` in agreement with the log, and nothing left that waits. A delayed
 * event has no order: it takes its place when it is due. Empty = all rules hold.
 */
export function checkOutbox(history: OutboxHistory): OutboxViolation[] {
  return [
    ...checkTopics(history),
    ...checkRecords(history),
    ...checkOutcomes(history),
    ...checkStatuses(history),
    ...history.waiting.map((detail) => ({ rule: 'waiting' as const, detail })),
  ];
}

function checkTopics({ ledger, log }: OutboxHistory): OutboxViolation[] {
  const topics = new Set([...ledger, ...log].map(({ topic }) => topic));
  return [...topics].flatMap((topic) => {
    const committed = ledger
      .filter((entry) => entry.topic === topic)
      .map(({ id, key, version, due }) => ({
        id,
        key: due === null ? key : null,
        version,
      }));
    const stored = log.filter((entry) => entry.topic === topic);
    return checkHistory({ committed, log: stored }).map(({ rule, detail }) => ({
      rule,
      detail: `${topic}: ${detail}`,
    }));
  });
}

function checkRecords({ ledger, log }: OutboxHistory): OutboxViolation[] {
  const entries = new Map(ledger.map((entry) => [entry.id, entry]));
  return log.flatMap((stored) => {
    const entry = entries.get(stored.id);
    return entry ? checkRecord(stored, entry) : [];
  });
}

function checkRecord(
  stored: StoredEvent,
  entry: LedgerEntry,
): OutboxViolation[] {
  const violations: OutboxViolation[] = [];
  if (stored.key !== entry.key || stored.carried !== entry.carried)
    violations.push({
      rule: 'changed',
      detail: `${entry.id} at ${placeOf(stored)} has key ${stored.key} and version ${stored.carried}, and was published with ${entry.key} and ${entry.carried}`,
    });
  if (entry.due !== null && stored.timestamp < entry.due)
    violations.push({
      rule: 'early',
      detail: `${entry.id} at ${placeOf(stored)} was appended ${entry.due - stored.timestamp} ms before it was due`,
    });
  return violations;
}

/** The business table says what was committed; whoever was told otherwise was told wrong. */
function checkOutcomes({ told, ledger }: OutboxHistory): OutboxViolation[] {
  const committed = new Set(ledger.map(({ id }) => id));
  const endings = new Map<string, TransactionEnding>();
  const violations: OutboxViolation[] = [];
  for (const event of told) {
    if (event.kind === 'ending') endings.set(event.transaction, event);
    if (event.kind !== 'ended' || event.outcome === 'unknown') continue;
    const expected = event.outcome === 'committed';
    for (const { id } of endings.get(event.transaction)?.events ?? [])
      if (committed.has(id) !== expected)
        violations.push({
          rule: 'outcome',
          detail: `${id} of ${event.transaction}, which was told ${event.outcome}, ${expected ? 'is not there' : 'is there'}`,
        });
  }
  return violations;
}

/** Where the row of a batch was cleaned away already, an event is PUBLISHED and its place is not told. */
function checkStatuses({ shown, log }: OutboxHistory): OutboxViolation[] {
  const places = new Map(log.map((stored) => [stored.id, placeOf(stored)]));
  return shown.flatMap(({ id, topic, status, partition, offset }) => {
    const place = places.get(id);
    const told = partition === null ? place : `${topic} ${partition}@${offset}`;
    const says = status === 'PUBLISHED' ? told : status;
    if (place !== undefined && says === place) return [];
    const detail = `${id} stands at ${place ?? 'no place'}, and the outbox says ${status} ${told ?? ''}`;
    return [{ rule: 'status' as const, detail }];
  });
}

function placeOf({ topic, partition, offset }: StoredEvent): string {
  return `${topic} ${partition}@${offset}`;
}
