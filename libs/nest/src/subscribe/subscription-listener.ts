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

/** The member of a group that one handler is in this process. */
export class SubscriptionListener implements RunningPart {
  readonly #subscription: Subscribed;
  readonly #listener: Listener;

  /** @throws PostamtError INVALID_CONFIG with the handler's name */
  constructor(db: Database, subscription: Subscribed, handle: Handle) {
    this.#subscription = subscription;
    const { handler, topic, options } = subscription;
    const { batch = false, ...rest } = options;
    const calls = batch ? { batchHandler: handle } : { handler: handle };
    this.#listener = named(
      handler,
      () => new Listener(db, { ...rest, ...calls, topic }),
    );
  }

  async start(): Promise<void> {
    await this.#listener.start();
  }

  async stop(deadlineMs: number): Promise<void> {
    await this.#listener.stop(deadlineMs);
  }

  get statuses(): SubscriptionStatus[] {
    const { handler, topic, options } = this.#subscription;
    const { status, partitions } = this.#listener;
    const { group } = options;
    return [{ ...status, topic: topic.name, group, handler, partitions }];
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
