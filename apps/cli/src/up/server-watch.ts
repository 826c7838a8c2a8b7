import { type Logger, PostamtError } from '#kernel';

interface ServerEnd {
  readonly signal?: string | null;
  readonly code?: number | null;
}

/** Listens to an embedded server's log, where an error is an unexpected end, for that end. */
export class ServerWatch implements Logger {
  readonly #ending = new AbortController();

  /** Aborts when the server has ended by itself; the reason is the error to throw. */
  get ended(): AbortSignal {
    return this.#ending.signal;
  }

  debug(): void {}

  info(): void {}

  warn(): void {}

  error(end: ServerEnd, message: string): void {
    const how = end.signal ?? `exit code ${end.code}`;
    this.#ending.abort(
      new PostamtError(
        'EMBEDDED_POSTGRES_FAILED',
        `${message} (${how}); start it again`,
      ),
    );
  }
}
