import { backoffMs, type Logger } from '#kernel';

const RETRY = { initialMs: 50, maxMs: 30_000 };

/** Says what goes wrong in a listener, with its topic and group. */
export class ListenerLog {
  readonly #logger: Logger;
  readonly #place: { readonly topic: string; readonly group: string };

  constructor(logger: Logger, topic: string, group: string) {
    this.#logger = logger;
    this.#place = { topic, group };
  }

  error(err: unknown, what: string, fields: object = {}): void {
    this.#logger.error({ err, ...this.#place, ...fields }, what);
  }

  warn(err: unknown, what: string, fields: object = {}): void {
    this.#logger.warn({ err, ...this.#place, ...fields }, what);
  }
}

/** What was thrown, in words: it may be anything, also what cannot be made a string. */
export function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'something was thrown that cannot be shown';
  }
}

/** How long to wait after so many failures in a row, in milliseconds. */
export function retryMs(failures: number): number {
  return backoffMs(RETRY, failures);
}
