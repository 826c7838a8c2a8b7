import { Injectable } from '@nestjs/common';
import {
  checkProjections,
  ProjectionPart,
} from '../projection/projection-part.js';
import { PostamtRuntime } from '../runtime/postamt-runtime.js';
import type { RunningPart } from '../runtime/running-part.js';
import { checkSubscriptions } from './check-subscriptions.js';
import { HandlerFactory } from './handler-factory.js';
import { SubscriptionExplorer } from './subscription-explorer.js';
import { SubscriptionListener } from './subscription-listener.js';

/** Finds what is to run in the application, checks how it is wired, and has the runtime start it. */
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
      await this.#runtime.start(this.#parts());
    } catch (error) {
      await this.#runtime.close();
      throw error;
    }
  }

  #parts(): RunningPart[] {
    const { installation, brought, runsListeners } = this.#runtime;
    const { db } = installation;
    const found = this.#explorer.explore();
    checkSubscriptions(found, brought.topics);
    checkProjections(brought.projections, brought.topics);
    const parts = [
      ...found.map(
        (each) =>
          new SubscriptionListener(db, each, this.#handlers.create(each)),
      ),
      ...brought.projections.map((each) => new ProjectionPart(db, each)),
    ];
    return runsListeners ? parts : [];
  }
}
