/** A queue of jobs in Postgres, as its own documentation says that it is fast: in batches. */
export interface JobQueue {
  readonly name: string;
  /** Puts `count` jobs into it. */
  enqueue(count: number): Promise<void>;
  /** Takes `count` jobs out of it, each seen by a handler, and completes them. */
  complete(count: number): Promise<void>;
  close(): Promise<void>;
}

/** What a job bears: as many bytes of text as a record's value. */
export interface JobData {
  readonly text: string;
}
