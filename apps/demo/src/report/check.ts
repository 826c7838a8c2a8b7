/** Something that was held against what it should be. */
export interface Check {
  readonly name: string;
  readonly holds: boolean;
  /** What is wrong, when it does not hold. */
  readonly detail: string;
}
