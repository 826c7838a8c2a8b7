import type { Writable } from 'node:stream';
import type { Logger } from '#kernel';

/** Tells people of warnings and errors, one a line on stderr; the rest is for nobody at a terminal. */
export class StderrLogger implements Logger {
  readonly #stderr: Writable;

  constructor(stderr: Writable) {
    this.#stderr = stderr;
  }

  debug(): void {}

  info(): void {}

  warn(fields: object, message: string): void {
    this.#line('warning', fields, message);
  }

  error(fields: object, message: string): void {
    this.#line('error', fields, message);
  }

  #line(level: string, fields: object, message: string): void {
    const rest = JSON.stringify(fields, (_, value: unknown) => {
      if (typeof value === 'bigint') return String(value);
      return value instanceof Error ? value.message : value;
    });
    this.#stderr.write(`postamt: ${level}: ${message} ${rest}\n`);
  }
}
