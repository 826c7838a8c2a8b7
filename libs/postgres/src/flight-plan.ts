import { takeSharedAndLocks, type LockKeys } from './advisory-lock.js';
import type { FlightStep } from './flight.js';
import type { BoundStatement } from './statement.js';
import { BEGIN, FLIGHT_SETTINGS } from './tx-settings.js';

/** What whoever makes the statements of a flight has to know. */
export interface FlightBasis extends LockKeys {
  /** The timeline that the server writes now. */
  readonly timeline: number;
}

/** A transaction of one flight: its locks, those that are shared first, then its statements. */
export interface FlightPlan {
  /** Keys, in the order in which they are to be taken. */
  readonly shared?: readonly bigint[];
  readonly alone: readonly bigint[];
  readonly statements: readonly BoundStatement[];
}

/** Up to so many locks stand in the text of a statement of their own; more go as arrays. */
const MOST_SPELT_OUT = 8;

export const BEGIN_STEP: FlightStep = {
  name: 'postamt.begin',
  text: BEGIN,
  values: [],
  silent: true,
};

export const COMMIT_STEP: FlightStep = {
  name: 'postamt.commit',
  text: 'commit',
  values: [],
  silent: true,
};

/**
 * The steps that settings and locks take. A few locks are taken in the statement of the settings, which are evaluated
 * before them: what comes behind has its snapshot from after the locks all the same, and there is one statement less.
 */
export function openingSteps({ shared = [], alone }: FlightPlan): FlightStep[] {
  if (shared.length + alone.length <= MOST_SPELT_OUT)
    return [speltOut(shared, alone)];
  return [
    speltOut([], []),
    {
      name: 'postamt.take_shared_and_locks',
      text: takeSharedAndLocks.text(''),
      values: [shared, alone],
      silent: true,
    },
  ];
}

const texts = new Map<string, string>();

function speltOut(
  shared: readonly bigint[],
  alone: readonly bigint[],
): FlightStep {
  const kind = `${shared.length}_${alone.length}`;
  let text = texts.get(kind);
  if (text === undefined) {
    const locks = [...shared, ...alone].map((_, n) =>
      n < shared.length
        ? `pg_advisory_xact_lock_shared($${n + 1})`
        : `pg_advisory_xact_lock($${n + 1})`,
    );
    text = `select ${[FLIGHT_SETTINGS, ...locks].join(', ')}`;
    texts.set(kind, text);
  }
  return {
    name: `postamt.open_${kind}`,
    text,
    values: [...shared, ...alone],
    silent: true,
  };
}
