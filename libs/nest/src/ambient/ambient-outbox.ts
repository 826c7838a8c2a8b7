import type { ModuleRef } from '@nestjs/core';
import { PostamtError } from '#kernel';
import type {
  Outbox,
  OutboxEvent,
  PublishedEvent,
  PublishOptions,
  PublishTarget,
} from '#outbox';
import type { TopicDefinition } from '#schemas';
import type {
  AmbientTransactionOptions,
  TransactionHostLike,
} from './ambient-transaction-options.js';

/** What an {@link AmbientOutbox} is made of. */
export interface AmbientOutboxParts {
  readonly outbox: Outbox;
  readonly modules: Pick<ModuleRef, 'get'>;
  readonly options: AmbientTransactionOptions | undefined;
}

/**
 * Publishes in the transaction that is under way where it is called, without being handed it. `ambientTransaction` of
 * {@link PostamtModule} says where that is found. Injectable everywhere.
 *
 * @example
 * constructor(private readonly outbox: AmbientOutbox) {}
 *
 * @Transactional()
 * async accept(id: string) {
 *   await this.incidents.accept(id);
 *   await this.outbox.publish(incidents, { key: id, value: { status: 'Accepted', at: Date.now() } });
 * }
 */
export class AmbientOutbox {
  readonly #parts: AmbientOutboxParts;
  #host: TransactionHostLike | undefined;

  constructor(parts: AmbientOutboxParts) {
    this.#parts = parts;
  }

  /**
   * Looks for the host, so that an application whose wiring is wrong does not start.
   *
   * @throws PostamtError INVALID_WIRING where no module provides it
   */
  findHost(): void {
    const { options, modules } = this.#parts;
    if (options) this.#host ??= findHost(modules, options);
  }

  /**
   * Writes one event, or several in their order, in the current transaction.
   *
   * @throws PostamtError INVALID_VALUE outside of a transaction; INVALID_CONFIG without the option `ambientTransaction`;
   * and what {@link Outbox.publish} throws
   */
  async publish<Key, Value, Input>(
    topic: TopicDefinition<Key, Value, Input>,
    event: OutboxEvent<Key, Input> | readonly OutboxEvent<Key, Input>[],
    options: PublishOptions = {},
  ): Promise<PublishedEvent[]> {
    return this.#parts.outbox.publish(this.#current(), topic, event, options);
  }

  #current(): PublishTarget {
    const { options } = this.#parts;
    this.findHost();
    if (!options || !this.#host)
      throw new PostamtError(
        'INVALID_CONFIG',
        'AmbientOutbox knows of no transactions: give PostamtModule the option ambientTransaction, or publish with Outbox, which is handed the transaction',
      );
    if (!this.#host.isTransactionActive())
      throw new PostamtError(
        'INVALID_VALUE',
        'AmbientOutbox.publish was called outside of a transaction: call it from a method with @Transactional(), or in withTransaction',
      );
    const { tx } = this.#host;
    const { adapter } = options;
    return adapter ? adapter(tx as never) : (tx as PublishTarget);
  }
}

function findHost(
  modules: Pick<ModuleRef, 'get'>,
  { host }: AmbientTransactionOptions,
): TransactionHostLike {
  let found: TransactionHostLike | undefined;
  try {
    found = modules.get<TransactionHostLike>(host, { strict: false });
  } catch (cause) {
    throw wrongHost(host, 'is provided by no module', cause);
  }
  if (typeof found?.isTransactionActive === 'function') return found;
  throw wrongHost(host, 'has no isTransactionActive()');
}

function wrongHost(
  host: AmbientTransactionOptions['host'],
  fault: string,
  cause?: unknown,
): PostamtError {
  const name = typeof host === 'function' ? host.name : String(host);
  return new PostamtError(
    'INVALID_WIRING',
    `ambientTransaction names the host ${name}, which ${fault}: import ClsModule with ClsPluginTransactional, and give its TransactionHost`,
    { cause },
  );
}
