import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * Writes lines to a stream as fast as its reader takes them. A reader that leaves (`| head`) is no error: what is written
 * afterwards is dropped, and {@link Output.closed} aborts, so that nobody goes on for nothing.
 */
export class Output {
  readonly #stream: Writable;
  readonly #closing = new AbortController();

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', (error) => this.#closing.abort(error));
  }

  /** Aborts when nothing more can be written. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Writes `text` and a line's end; resolves when there is room for more. */
  async line(text: string): Promise<void> {
    if (this.closed.aborted || this.#stream.write(`${text}\n`)) return;
    // What it rejects with has come to the listener above as well.
    await once(this.#stream, 'drain').catch(() => {});
  }

  /** Throws what the stream failed with (a full disk), unless it was its reader who left. */
  assertWritten(): void {
    const failure: unknown = this.closed.reason;
    if (failure !== undefined && !isBrokenPipe(failure)) throw failure;
  }
}

function isBrokenPipe(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EPIPE';
}
