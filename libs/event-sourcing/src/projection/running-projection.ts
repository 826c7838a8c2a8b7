import { backoffMs, sleep } from '#kernel';
import type { Database } from '#postgres';
import { projectionWakeUp } from './projection-definition.js';
import { activeVersion, readVersions } from './versions.js';

/** A listener, as far as a running projection deals with it. */
export interface VersionListener {
  start(): Promise<void>;
  stop(deadlineMs?: number): Promise<void>;
}

export interface RunningProjectionOptions {
  readonly name: string;
  readonly listeners: (version: number) => readonly VersionListener[];
}

const POLL_MS = 30_000;
const RETRY = { initialMs: 50, maxMs: 5_000 };

/** The listeners that fill the active version of a projection, whichever that is. */
export class RunningProjection {
  readonly #db: Database;
  readonly #options: RunningProjectionOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #version: number | undefined;
  #listeners: readonly VersionListener[] = [];

  private constructor(db: Database, options: RunningProjectionOptions) {
    this.#db = db;
    this.#options = options;
  }

  /** Starts the listeners of the active version and follows it from then on. */
  static async start(
    db: Database,
    options: RunningProjectionOptions,
  ): Promise<RunningProjection> {
    const running = new RunningProjection(db, options);
    await running.#follow();
    running.#running = running.#run();
    return running;
  }

  /** The version that is filled now. */
  get version(): number | undefined {
    return this.#version;
  }

  /** Stops as its listeners do: what is under way is finished and committed. */
  async stop(deadlineMs?: number): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#stopListeners(deadlineMs);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const watch = this.#db.wakeUps.watch([
      projectionWakeUp(this.#options.name),
    ]);
    let failures = 0;
    while (!signal.aborted) {
      try {
        watch.take();
        await this.#follow();
        failures = 0;
        await watch.wait(POLL_MS, signal);
      } catch (err) {
        failures += 1;
        this.#db.logger.error(
          { err, projection: this.#options.name },
          'could not follow the active version; trying again',
        );
        await sleep(backoffMs(RETRY, failures), signal);
      }
    }
    watch.close();
  }

  async #follow(): Promise<void> {
    const active = activeVersion(
      await readVersions(this.#db, this.#options.name),
    );
    if (active === this.#version || active === undefined) return;
    await this.#stopListeners();
    const listeners = this.#options.listeners(active);
    this.#listeners = listeners;
    for (const listener of listeners) await listener.start();
    this.#version = active;
  }

  async #stopListeners(deadlineMs?: number): Promise<void> {
    await Promise.all(
      this.#listeners.map((listener) => listener.stop(deadlineMs)),
    );
    this.#listeners = [];
  }
}
