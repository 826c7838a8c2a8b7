import type { Readable, Writable } from 'node:stream';

/** What the CLI has of the world beside the database: `process` has it, and tests bring their own. */
export interface Io {
  /** Opens what is read where no file is named; a process that never asks for it does not wait for its end either. */
  readonly stdin: () => Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Asks to be told of Ctrl-C in place of being ended by it. */
  readonly interruption: () => AbortSignal;
}
