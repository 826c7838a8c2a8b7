import type { Client } from 'pg';
import type { Outbox } from '#outbox';
import { waitFor } from '#testing';
import { changes } from '../desk/topics.js';

export const PUBLISHER = 'publisher';
const EVENTS = 50;

/** Business transactions on connections of their own, one after the other on each, until they are stopped. */
export class Publishers {
  readonly #outbox: Outbox;
  readonly #running: Promise<void>[] = [];
  #committed = 0;
  #failure: unknown;
  #stopped = false;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** Begins on these connections, which are the caller's to close. */
  async start(clients: readonly Client[]): Promise<void> {
    for (const [n, client] of clients.entries()) {
      await client.query(`set application_name = '${PUBLISHER}'`);
      this.#running.push(
        this.#publish(client, n).catch((error: unknown) => {
          this.#failure ??= error;
        }),
      );
    }
  }

  /** Waits until so many more transactions have committed; throws what failed one. */
  async progress(count: number): Promise<void> {
    const before = this.#committed;
    await waitFor(
      `${count} more business transactions`,
      () => this.#failure !== undefined || this.#committed >= before + count,
    );
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Finishes what is under way; throws what failed a transaction. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #publish(client: Client, number: number): Promise<void> {
    while (!this.#stopped) {
      const events = Array.from({ length: EVENTS }, (_, n) => ({
        key: `${number}-${n}`,
        value: { version: 1, transaction: 'x'.repeat(200) },
      }));
      await client.query('begin');
      await this.#outbox.publish(client, changes, events);
      await client.query('commit');
      this.#committed += 1;
    }
  }
}
