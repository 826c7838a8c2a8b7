import type { Check } from './check.js';

/** Everything that a run says at its end. What `--json` prints. */
export interface Report {
  readonly input: string;
  /** Rows of the input, those that were rejected included. */
  readonly rows: number;
  readonly rejected: number;
  /** Rows that a run before had committed already. */
  readonly resumed: number;
  /** Business transactions that committed, in all runs. */
  readonly transactions: number;
  readonly transactionsPerSecond: number;
  /** Events that relays moved, by what stands beside the batches. */
  readonly moved: number;
  readonly movedByRelay: Readonly<Record<string, number>>;
  readonly killedRelay: string | null;
  /** Events that were pending when a relay was killed; null when none was. */
  readonly pendingAtKill: number | null;
  readonly pending: number;
  /** Records in the leaves. */
  readonly records: number;
  readonly recordsByPartition: readonly number[];
  readonly orderViolations: number;
  readonly incidents: number;
  readonly closings: number;
  /** How many incidents ended in which `status / sub_status`. */
  readonly finalStates: Readonly<Record<string, number>>;
  /** Whether the board that the group filled equals the fold of the input. */
  readonly boardEqual: boolean;
  /** Whether the board that was built anew does. */
  readonly rebuildEqual: boolean;
  readonly rebuildVersion: number;
  readonly rebuildSeconds: number;
  readonly rebuildPerSecond: number;
  readonly seconds: number;
  readonly checks: readonly Check[];
}
