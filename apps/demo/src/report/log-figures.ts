/** What the bytes in the leaves say. */
export interface LogFigures {
  /** How many records stand in each partition. */
  readonly records: readonly number[];
  /** What of the order, or of the one place of each change, does not hold; each in words. */
  readonly violations: readonly string[];
}
