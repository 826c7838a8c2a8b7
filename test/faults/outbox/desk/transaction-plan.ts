import { changes, notices, reminders } from './topics.js';

/** Why the events of a key have an order: the business row of the key, the lock that `publish` takes; `none`: no key. */
export type Serialised = 'row' | 'lock' | 'none';

/** An event that a transaction is to publish. */
export interface PlannedEvent {
  readonly key: string | null;
  readonly serialised: Serialised;
  /** Not before so many milliseconds from now; null = at once. */
  readonly delayMs: number | null;
}

/** Events of one topic that are published in one call. */
export interface PlannedStep {
  readonly topic: string;
  readonly events: readonly PlannedEvent[];
  /** Done behind a savepoint that is rolled back to (`undone`), released, or none. */
  readonly savepoint: 'undone' | 'released' | 'none';
  /** The writer gives the events their ids. */
  readonly choosesIds: boolean;
}

/** What a business transaction is to do, in this order. */
export interface TransactionPlan {
  readonly isolation: 'read committed' | 'repeatable read';
  /** It writes to another table first: from then on it has an id. */
  readonly writesElsewhere: boolean;
  /** How long it thinks before it goes on, in milliseconds; most do not. */
  readonly thinkMs: number;
  readonly steps: readonly PlannedStep[];
  readonly ending: 'commit' | 'rollback';
}

const ROLLBACKS = 0.15;
const ROW_KEYS = 40;
const LOCK_KEYS = 20;
const MOST_DELAY_MS = 3_000;
const MOST_THOUGHT_MS = 30;
const MOST_EVENTS = 4;

/**
 * Decides on a transaction. Keys that are serialised on their row come before those whose lock is asked for, and either in
 * their order, so that two transactions seldom wait for each other.
 */
export function planTransaction(random: () => number): TransactionPlan {
  const rows = stepsOf(random, 'row');
  const locks = random() < 0.3 ? stepsOf(random, 'lock').slice(0, 1) : [];
  const free = random() < 0.2 ? [freeStep(random)] : [];
  const strict = locks.length === 0 && random() < 0.1;
  return {
    isolation: strict ? 'repeatable read' : 'read committed',
    writesElsewhere: random() < 0.3,
    thinkMs: random() < 0.1 ? random() * MOST_THOUGHT_MS : 0,
    steps: [...rows, ...free, ...locks],
    ending: random() < ROLLBACKS ? 'rollback' : 'commit',
  };
}

/** One to three steps, each for another topic. */
function stepsOf(
  random: () => number,
  serialised: 'row' | 'lock',
): PlannedStep[] {
  const topics = [changes, notices, reminders];
  const some = topics.filter((topic) => topic === changes || random() < 0.25);
  return some.map(({ name }) => {
    const savepoint = chance(random, { undone: 0.1, released: 0.1 });
    const events = keysOf(random, serialised).map((key) => ({
      key,
      serialised,
      delayMs: name === reminders.name ? delayOf(random) : null,
    }));
    return { topic: name, events, savepoint, choosesIds: random() < 0.1 };
  });
}

function freeStep(random: () => number): PlannedStep {
  const events = Array.from({ length: countOf(random) }, () => ({
    key: null,
    serialised: 'none' as const,
    delayMs: null,
  }));
  return { topic: notices.name, events, savepoint: 'none', choosesIds: false };
}

function delayOf(random: () => number): number | null {
  return random() < 0.7 ? Math.floor(random() * MOST_DELAY_MS) : null;
}

function keysOf(random: () => number, serialised: 'row' | 'lock'): string[] {
  const most = serialised === 'row' ? ROW_KEYS : LOCK_KEYS;
  const keys = Array.from(
    { length: countOf(random) },
    () =>
      `${serialised}-${String(Math.floor(random() * most)).padStart(3, '0')}`,
  );
  return keys.toSorted();
}

function countOf(random: () => number): number {
  return random() < 0.6 ? 1 : 1 + Math.ceil(random() * (MOST_EVENTS - 1));
}

function chance(
  random: () => number,
  { undone, released }: { readonly undone: number; readonly released: number },
): PlannedStep['savepoint'] {
  const drawn = random();
  if (drawn < undone) return 'undone';
  return drawn < undone + released ? 'released' : 'none';
}
