import { setTimeout as delay } from 'node:timers/promises';
import { DemoFailure } from './demo-failure.js';

export interface FollowOptions {
  /** For the message when it never comes to its end. */
  readonly what: string;
  /** Looks, and says how far it is. */
  readonly look: () => Promise<{
    readonly done: number;
    readonly isDone: boolean;
  }>;
  readonly signal: AbortSignal;
}

const LOOK_MS = 250;
const PATIENCE_MS = 60_000;

/**
 * Looks again and again until it is done.
 *
 * @throws DemoFailure when nothing has moved for a minute
 */
export async function follow(options: FollowOptions): Promise<void> {
  const { what, look, signal } = options;
  let last = -1;
  let movedAt = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const { done, isDone } = await look();
    if (isDone) return;
    if (done !== last) movedAt = performance.now();
    last = done;
    if (performance.now() - movedAt > PATIENCE_MS)
      throw new DemoFailure(`${what} stays at ${done}: nothing moves any more`);
    await delay(LOOK_MS, undefined, { signal });
  }
}
