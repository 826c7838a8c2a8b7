import { Logger as NestLogger } from '@nestjs/common';
import type { Logger } from '#kernel';

/** Postamt's log lines in Nest's logger: the message, and behind it the fields as JSON; an error with its stack. */
export class PostamtNestLogger implements Logger {
  readonly #logger = new NestLogger('Postamt');

  debug(fields: object, message: string): void {
    this.#logger.debug(withFields(fields, message));
  }

  info(fields: object, message: string): void {
    this.#logger.log(withFields(fields, message));
  }

  warn(fields: object, message: string): void {
    this.#logger.warn(withFields(fields, message));
  }

  error(fields: object, message: string): void {
    const { err } = fields as { err?: unknown };
    const stack = err instanceof Error ? err.stack : undefined;
    this.#logger.error(withFields(fields, message), stack);
  }
}

function withFields(fields: object, message: string): string {
  if (Object.keys(fields).length === 0) return message;
  return `${message} ${JSON.stringify(fields, plain)}`;
}

function plain(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Error ? `${value.name}: ${value.message}` : value;
}
