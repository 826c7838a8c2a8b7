/** An event whose business transaction committed. */
export interface CommittedEvent {
  readonly id: string;
  /** Null = no order. */
  readonly key: string | null;
  /** Its place among the events of its key, rising in the order of their transactions. */
  readonly version: number;
}

/** A record as it stands in the log. */
export interface LogEntry {
  readonly partition: number;
  readonly offset: bigint;
  /** The id of the event that it came from. */
  readonly id: string;
}

export interface History {
  readonly committed: readonly CommittedEvent[];
  readonly log: readonly LogEntry[];
}

/** The rules that a history is held against; each is one that the engine promises. */
export const HISTORY_RULES = [
  'lost',
  'duplicate',
  'uncommitted',
  'order',
  'split key',
  'gap',
  'overlap',
] as const;

export type HistoryRule = (typeof HISTORY_RULES)[number];

export interface Violation {
  readonly rule: HistoryRule;
  readonly detail: string;
}

/**
 * Holds what was committed against what stands in the log: each committed event once and nothing else, the events of a
 * key in one partition and in their order, the offsets of a partition without gap or overlap. In linear time but for
 * sorting. Empty = all rules hold.
 *
 * @example
 * expect(checkHistory({ committed, log: await readLog(db, 'incidents') })).toEqual([]);
 */
export function checkHistory(history: History): Violation[] {
  return [
    ...checkOnce(history),
    ...checkOrder(history),
    ...checkOffsets(history.log),
  ];
}

function checkOnce({ committed, log }: History): Violation[] {
  const violations: Violation[] = [];
  const expected = new Set(committed.map((event) => event.id));
  const seen = new Map<string, LogEntry>();
  for (const entry of log) {
    const before = seen.get(entry.id);
    if (before) {
      const detail = `${entry.id} stands at ${place(before)} and at ${place(entry)}`;
      violations.push({ rule: 'duplicate', detail });
    } else if (!expected.has(entry.id)) {
      const detail = `${entry.id} at ${place(entry)} was never committed`;
      violations.push({ rule: 'uncommitted', detail });
    }
    seen.set(entry.id, entry);
  }
  for (const id of expected) {
    if (seen.has(id)) continue;
    violations.push({
      rule: 'lost',
      detail: `${id} was committed and is not in the log`,
    });
  }
  return violations;
}

function checkOrder({ committed, log }: History): Violation[] {
  const violations: Violation[] = [];
  const events = new Map(committed.map((event) => [event.id, event]));
  const last = new Map<string, { version: number; entry: LogEntry }>();
  for (const entry of byOffset(log)) {
    const event = events.get(entry.id);
    if (!event || event.key === null) continue;
    const before = last.get(event.key);
    if (before && before.entry.partition !== entry.partition) {
      const detail = `key ${event.key} stands in ${place(before.entry)} and in ${place(entry)}`;
      violations.push({ rule: 'split key', detail });
    } else if (before && before.version >= event.version) {
      const detail = `key ${event.key}: version ${event.version} at ${place(entry)} after ${before.version} at ${place(before.entry)}`;
      violations.push({ rule: 'order', detail });
    }
    last.set(event.key, { version: event.version, entry });
  }
  return violations;
}

function checkOffsets(log: readonly LogEntry[]): Violation[] {
  const violations: Violation[] = [];
  const next = new Map<number, bigint>();
  for (const entry of byOffset(log)) {
    const expected = next.get(entry.partition) ?? 0n;
    if (entry.offset > expected) {
      const detail = `partition ${entry.partition} lacks ${expected} to ${entry.offset - 1n}`;
      violations.push({ rule: 'gap', detail });
    } else if (entry.offset < expected) {
      violations.push({
        rule: 'overlap',
        detail: `${place(entry)} is taken twice`,
      });
    }
    next.set(entry.partition, entry.offset + 1n);
  }
  return violations;
}

function byOffset(log: readonly LogEntry[]): LogEntry[] {
  return [...log].sort((a, b) => {
    if (a.partition !== b.partition) return a.partition - b.partition;
    return Number(a.offset - b.offset);
  });
}

function place(entry: LogEntry): string {
  return `${entry.partition}@${entry.offset}`;
}
