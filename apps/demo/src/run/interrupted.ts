import { constants } from 'node:os';

/** The demo was asked to end by a signal. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  /** What a shell makes of a process that a signal ended. */
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}
