/** A row that was not taken. */
export interface Rejection {
  /** Its line in the file, the header being line 1. */
  readonly line: number;
  readonly reason: string;
}
