/** How a suite of faults is to be run. */
export interface SuiteRun {
  /** It goes on beginning rounds until these are over; each suite has its own default, and plays one round at the least. */
  readonly minutes: number | undefined;
  /** The same seed makes the same choices. What the machine does between them differs. */
  readonly seed: number;
  /** Only scenarios with that in their names; empty = all. */
  readonly only: string;
  readonly print: (line: string) => void;
}

/** Plays faults and judges what came of them; false when a rule was broken. */
export type FaultSuite = (run: SuiteRun) => Promise<boolean>;
