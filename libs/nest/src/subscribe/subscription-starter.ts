import { Injectable } from '@nestjs/common';
import { PostamtRuntime } from '../runtime/postamt-runtime.js';
import { checkSubscriptions } from './check-subscriptions.js';
import { HandlerFactory } from './handler-factory.js';
import { SubscriptionExplorer } from './subscription-explorer.js';
import { SubscriptionListeners } from './subscription-listeners.js';

/** Finds the handlers of the application, checks how they are wired, and has the runtime start them. */
@Injectable()
export class SubscriptionStarter {
  readonly #runtime: PostamtRuntime;
  readonly #explorer: SubscriptionExplorer;
  readonly #handlers: HandlerFactory;

  constructor(
    runtime: PostamtRuntime,
    explorer: SubscriptionExplorer,
    handlers: HandlerFactory,
  ) {
    this.#runtime = runtime;
    this.#explorer = explorer;
    this.#handlers = handlers;
  }

  /** When the wiring is wrong or something does not start, everything that is open is closed. */
  async start(): Promise<void> {
    try {
      await this.#runtime.start(this.#listeners());
    } catch (error) {
      await this.#runtime.close();
      throw error;
    }
  }

  #listeners(): SubscriptionListeners[] {
    const { installation, topics, runsListeners } = this.#runtime;
    const found = this.#explorer.explore();
    checkSubscriptions(found, topics);
    const listeners = found.map(
      (each) =>
        new SubscriptionListeners(
          installation.db,
          each,
          this.#handlers.create(each),
        ),
    );
    return runsListeners ? listeners : [];
  }
}
