/** Shows what is being done and how far it is. Everything goes to stderr. */
export interface Progress {
  /** A task is at `done` of about `total`. */
  show(task: string, done: number, total: number): void;
  /** Says something beside the progress. */
  say(line: string): void;
  /** Leaves the terminal as it should be. */
  end(): void;
}
