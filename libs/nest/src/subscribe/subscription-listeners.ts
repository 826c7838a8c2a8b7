import { Listener, type BatchContext, type RecordContext } from '#client';
import { isPostamtError, PostamtError } from '#kernel';
import type { Database } from '#postgres';
import type {
  RunningPart,
  SubscriptionStatus,
} from '../runtime/running-part.js';
import type { SubscribeMetadata } from './subscribe.decorator.js';

type Handle = (
  payload: unknown,
  context: RecordContext | BatchContext,
) => Promise<void>;

/** A handler's topic and options, and its name for messages. */
interface Subscribed extends SubscribeMetadata {
  readonly handler: string;
}

/** The members of a group that one handler has in this process. */
export class SubscriptionListeners implements RunningPart {
  readonly #subscription: Subscribed;
  readonly #listeners: readonly Listener[];

  /** @throws PostamtError INVALID_CONFIG with the handler's name */
  constructor(db: Database, subscription: Subscribed, handle: Handle) {
    this.#subscription = subscription;
    const { handler, topic, options } = subscription;
    const { concurrency: count = 1, batch = false, ...rest } = options;
    const calls = batch ? { batchHandler: handle } : { handler: handle };
    this.#listeners = named(handler, () =>
      Array.from({ length: count }, (_, index) => {
        const member = { index, count };
        return new Listener(db, { ...rest, ...calls, topic, member });
      }),
    );
  }

  async start(): Promise<void> {
    for (const listener of this.#listeners) await listener.start();
  }

  async stop(deadlineMs: number): Promise<void> {
    await Promise.all(this.#listeners.map((each) => each.stop(deadlineMs)));
  }

  get statuses(): SubscriptionStatus[] {
    const { handler, topic, options } = this.#subscription;
    return this.#listeners.map(({ status }, member) => {
      const { group } = options;
      return { ...status, topic: topic.name, group, handler, member };
    });
  }
}

/** The listener checks its options, and does not know whose they are. */
function named<Result>(handler: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (!isPostamtError(error)) throw error;
    const { code, message } = error;
    const words = `${handler}: ${message}`;
    throw new PostamtError(code, words, { cause: error });
  }
}
