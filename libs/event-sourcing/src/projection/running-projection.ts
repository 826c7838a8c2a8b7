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
  readonly listener: (version: number) => VersionListener;
}

const POLL_MS = 30_000;
const RETRY = { initialMs: 50, maxMs: 5_000 };

/** The listener that fills the active version of a projection, whichever that is. */
export class RunningProjection {
  readonly #db: Database;
  readonly #options: RunningProjectionOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #version: number | undefined;
  #listener: VersionListener | undefined;

  private constructor(db: Database, options: RunningProjectionOptions) {
    this.#db = db;
    this.#options = options;
  }

  /** Starts the listener of the active version and follows it from then on. */
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

  /** Stops as its listener does: what is under way is finished and committed. */
  async stop(deadlineMs?: number): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#stopListener(deadlineMs);
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
    await this.#stopListener();
    this.#listener = this.#options.listener(active);
    await this.#listener.start();
    this.#version = active;
  }

  async #stopListener(deadlineMs?: number): Promise<void> {
    await this.#listener?.stop(deadlineMs);
    this.#listener = undefined;
  }
}
