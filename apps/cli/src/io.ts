import type { Writable } from 'node:stream';

/** What the CLI has of the world beside the database: `process` has it, and tests bring their own. */
export interface Io {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Asks to be told of Ctrl-C in place of being ended by it. */
  readonly interruption: () => AbortSignal;
}
