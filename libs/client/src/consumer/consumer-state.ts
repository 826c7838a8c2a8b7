import { PostamtError } from '#kernel';

/** Whether a consumer can still be used. */
export class ConsumerState {
  #closed = false;
  #closing = false;

  get isClosing(): boolean {
    return this.#closing;
  }

  /** From now on it is not polled any more. */
  beginClosing(): void {
    this.#closing = true;
  }

  close(): void {
    this.#closed = true;
  }

  /** @throws PostamtError CLOSED */
  assertOpen(): void {
    if (this.#closed) throw closed();
  }

  /** @throws PostamtError CLOSED */
  assertPollable(): void {
    if (this.#closing) throw closed();
  }
}

function closed(): PostamtError {
  return new PostamtError(
    'CLOSED',
    'this consumer was closed; open another one',
  );
}
