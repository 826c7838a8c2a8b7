import { Child } from './child.ts';
import { untilMoved } from './until-moved.ts';

/** What the sessions of the child's relay are called in `pg_stat_activity`. */
export const RELAY_APPLICATION = 'postamt-bench-relay';

/** How far the relay in the child is. */
export interface RelayProgress {
  /** Events moved since it was started. */
  readonly moved: number;
  readonly error: string | undefined;
  /** What the whole process has used of processors since it began. */
  readonly cpuSeconds: number;
}

/** One relay in a process of its own. */
export class RelayChild {
  readonly #child = Child.start('relay.child.ts');

  /** Runs `body` with a relay's process that is ended behind it. */
  static async with<Result>(
    body: (relay: RelayChild) => Promise<Result>,
  ): Promise<Result> {
    const relay = new RelayChild();
    try {
      return await body(relay);
    } finally {
      await relay.#child.end();
    }
  }

  async start(connectionString: string): Promise<void> {
    await this.#child.ask('start', { connectionString });
  }

  async stop(): Promise<void> {
    await this.#child.ask('stop');
  }

  async progress(): Promise<RelayProgress> {
    return this.#child.ask<RelayProgress>('progress');
  }

  /** How many seconds a new relay takes from its start until it has moved `count` events. */
  async drain(connectionString: string, count: number): Promise<number> {
    return this.#child.ask<number>('drain', { connectionString, count });
  }

  /** Resolves once the relay has moved as many events; looks every two milliseconds. */
  async untilMoved(count: number): Promise<void> {
    await untilMoved(count, async () => this.progress());
  }
}
