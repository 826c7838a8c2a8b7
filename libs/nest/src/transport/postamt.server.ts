import {
  type BaseRpcContext,
  type CustomTransportStrategy,
  type MessageHandler,
  Server,
} from '@nestjs/microservices';
import { isObservable } from 'rxjs';
import type { BatchContext, RecordContext } from '#client';
import { PostamtError } from '#kernel';
import { Relay } from '#outbox';
import type { Database } from '#postgres';
import { openTopic } from '#schemas';
import { collectTopics } from '../module/collect-topics.js';
import { settled } from '../subscribe/handled-transaction.js';
import { SubscriptionListener } from '../subscribe/subscription-listener.js';
import { subscribedTopics } from './subscribed-topics.js';
import { POSTAMT_TRANSPORT } from './postamt-transport.js';
import {
  checkServerOptions,
  subscribeOptions,
  type PostamtServerOptions,
} from './postamt-server-options.js';
import {
  connectTransport,
  type TransportConnection,
} from './transport-connection.js';

const SHUTDOWN_DEADLINE_MS = 30_000;

/** What runs between `listen` and `close`. */
interface Running {
  readonly connection: TransportConnection;
  readonly relay: Relay | undefined;
  readonly listeners: SubscriptionListener[];
}

/**
 * Runs plain `@EventPattern('topic')` handlers on Postamt. `@Payload()` is the record's value, `@Ctx()` its
 * `RecordContext`; unless `transactional` is false, what is written through `record.tx` and the offset are committed
 * together. What a handler throws, or what the Observable that it returns ends with, has the record handled again.
 *
 * An error that an exception filter handles (it returns an Observable) leaves the record done, with what the handler had
 * written before; `@Subscribe` undoes that.
 *
 * `listen` throws NOT_SUPPORTED for a `@MessagePattern` handler, INVALID_WIRING for a pattern that is none of `topics`
 * and for two handlers of one pattern, INVALID_CONFIG for an option.
 *
 * @example
 * const app = await NestFactory.createMicroservice(AppModule, {
 *   strategy: new PostamtServer({ connectionString, topics: [incidents], group: 'board' }),
 * });
 * await app.listen();
 *
 * // beside HTTP, over the connections of PostamtModule:
 * app.connectMicroservice({
 *   strategy: new PostamtServer({ database: app.get(Database), topics: [incidents], group: 'board' }),
 * });
 */
export class PostamtServer extends Server implements CustomTransportStrategy {
  override readonly transportId = POSTAMT_TRANSPORT;
  override readonly propagatesEventHandlerErrors = true;
  readonly #options: PostamtServerOptions;
  #running: Running | undefined;

  constructor(options: PostamtServerOptions) {
    super();
    this.#options = options;
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      await this.close();
      callback(error);
      return;
    }
    this._status$.next('running');
    callback();
  }

  /** Lets the handlers that are under way finish and their offsets commit, until the deadline. */
  async close(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    const deadlineMs = this.#options.shutdownDeadlineMs ?? SHUTDOWN_DEADLINE_MS;
    const { listeners, relay, connection } = running;
    await Promise.all(listeners.map((each) => each.stop(deadlineMs)));
    await relay?.stop();
    await connection.close();
    this._status$.next('stopped');
  }

  /** @throws PostamtError NOT_SUPPORTED: it has no events but its `status` */
  on(event: string): never {
    throw new PostamtError(
      'NOT_SUPPORTED',
      `PostamtServer has no event ${JSON.stringify(event)}: subscribe to its status`,
    );
  }

  /** The database. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as the base class declares it
  unwrap<T = Database>(): T {
    if (this.#running) return this.#running.connection.db as T;
    throw new PostamtError('CLOSED', 'PostamtServer is not listening');
  }

  async #start(): Promise<void> {
    checkServerOptions(this.#options);
    const topics = collectTopics(this.#options.topics);
    const subscribed = subscribedTopics(this.messageHandlers, topics);
    const connection = await connectTransport(this.#options);
    const { db } = connection;
    const { relay: relayed = false } = this.#options;
    const relay = relayed
      ? new Relay(db, relayed === true ? {} : relayed)
      : undefined;
    const listeners: SubscriptionListener[] = [];
    this.#running = { connection, relay, listeners };
    for (const topic of topics.values()) await openTopic(db, topic);
    relay?.start();
    for (const { topic, call } of subscribed) {
      const handler = `@EventPattern(${JSON.stringify(topic.name)})`;
      const options = subscribeOptions(this.#options, topic.name);
      const subscription = { topic, options, handler };
      const part = new SubscriptionListener(db, subscription, (value, record) =>
        this.#handle(call, value, record),
      );
      listeners.push(part);
      await part.start();
    }
  }

  /** Between Nest's processing hooks, of which the first one need not wait for what it begins. */
  async #handle(
    call: MessageHandler,
    value: unknown,
    record: RecordContext | BatchContext,
  ): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      // Nest's type asks for a context of its own; nothing is called on it.
      const context = record as unknown as BaseRpcContext;
      this.runWithProcessingHooks(context, async (end) => {
        try {
          const result: unknown = await call(value, context);
          if (isObservable(result)) await settled(result);
          resolve();
        } catch (error) {
          reject(asError(error));
        } finally {
          end();
        }
      });
    });
  }
}

/** What leaves Nest's RPC is `{ status, message }`, without the error that it was; Nest has logged that one. */
function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  const { message } = (thrown ?? {}) as { message?: unknown };
  return new Error(String(message ?? thrown), { cause: thrown });
}
