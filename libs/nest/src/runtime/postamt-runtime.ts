import { Producer } from '#client';
import { Outbox, Relay } from '#outbox';
import type { TopicDefinition } from '#schemas';
import { Installation } from '../installation/installation.js';
import type { PostamtModuleOptions } from '../module/postamt-module-options.js';
import type { ProjectionFeature } from '../projection/projection-feature.js';
import { Maintenance } from './maintenance.js';
import type { RunningPart } from './running-part.js';

const SHUTDOWN_DEADLINE_MS = 30_000;

/** What the modules of an application bring. */
export interface Brought {
  readonly topics: ReadonlyMap<string, TopicDefinition>;
  readonly projections: readonly ProjectionFeature[];
}

/** What an application opens of Postamt, and what runs in it. */
export class PostamtRuntime {
  readonly brought: Brought;
  readonly installation: Installation;
  readonly outbox: Outbox;
  readonly producer: Producer;
  readonly relay: Relay | undefined;
  readonly maintenance: Maintenance | undefined;
  readonly runsListeners: boolean;
  readonly #shutdownDeadlineMs: number;
  readonly #parts: RunningPart[] = [];

  private constructor(
    options: PostamtModuleOptions,
    brought: Brought,
    open: {
      readonly installation: Installation;
      readonly outbox: Outbox;
      readonly producer: Producer;
    },
  ) {
    const { relay = true, listeners = true } = options;
    const { maintenance = relay !== false } = options;
    this.brought = brought;
    this.installation = open.installation;
    this.outbox = open.outbox;
    this.producer = open.producer;
    const { db } = open.installation;
    this.relay = relay ? new Relay(db, relay === true ? {} : relay) : undefined;
    this.maintenance = maintenance
      ? new Maintenance(db, maintenance === true ? {} : maintenance)
      : undefined;
    this.runsListeners = listeners;
    this.#shutdownDeadlineMs =
      options.shutdownDeadlineMs ?? SHUTDOWN_DEADLINE_MS;
  }

  /** Opens the database and the topics; what was opened is closed again when it throws. */
  static async open(
    options: PostamtModuleOptions,
    brought: Brought,
  ): Promise<PostamtRuntime> {
    const installation = await Installation.open(options);
    try {
      const { db } = installation;
      const topics = [...brought.topics.values()];
      const outbox = await Outbox.open(db, topics, options.outbox);
      const producer = await Producer.open(db, topics, options.producer);
      const open = { installation, outbox, producer };
      return new PostamtRuntime(options, brought, open);
    } catch (error) {
      await installation.close();
      throw error;
    }
  }

  get parts(): readonly RunningPart[] {
    return this.#parts;
  }

  /** Starts relay and maintenance and what is handed over. Whoever calls it closes the runtime when it throws. */
  async start(parts: readonly RunningPart[]): Promise<void> {
    this.relay?.start();
    this.maintenance?.start();
    for (const part of parts) {
      this.#parts.push(part);
      await part.start();
    }
  }

  /** Lets the handlers that are under way finish and their offsets commit, until the deadline. Idempotent. */
  async stopListeners(): Promise<void> {
    await Promise.all(
      this.#parts.map((part) => part.stop(this.#shutdownDeadlineMs)),
    );
  }

  /** Stops whatever runs and closes what is open. Idempotent. */
  async close(): Promise<void> {
    await this.stopListeners();
    await this.producer.close(this.#shutdownDeadlineMs);
    await Promise.all([this.relay?.stop(), this.maintenance?.stop()]);
    await this.installation.close();
  }
}
