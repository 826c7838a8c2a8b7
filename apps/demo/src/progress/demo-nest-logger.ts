import type { LoggerService } from '@nestjs/common';

/** Nest's warnings and errors beside the progress, and never on stdout, which is the report's. */
export class DemoNestLogger implements LoggerService {
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  log(): void {}

  warn(message: unknown): void {
    this.#say(`warning: ${String(message)}`);
  }

  error(message: unknown): void {
    this.#say(`error: ${String(message)}`);
  }

  fatal(message: unknown): void {
    this.error(message);
  }
}
