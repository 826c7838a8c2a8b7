import { Membership } from '#groups';
import { Catalogue } from '#log';
import type { Database } from '#postgres';
import { ListenerRun } from './listener-run.js';
import {
  listenerSettings,
  type BatchListenerOptions,
  type ListenerOptions,
  type ListenerSettings,
} from './listener-options.js';

/** How a listener is doing. */
export interface ListenerStatus {
  readonly state: 'running' | 'failing' | 'stopped';
  /** Records handled and committed since it was started. */
  readonly handled: number;
  /** What it, or one of its partitions, failed with last, until that succeeds. */
  readonly lastError: string | undefined;
}

/**
 * A member of a group that hands the records of the partitions that it is given to a handler: in order within a
 * partition, the offset committed in the transaction of the handler's effects (or after it). Members of a group share
 * the topic's partitions among them, in this process and in others; one that comes or goes moves what it must and leaves
 * the others alone. A partition whose handler fails waits and is tried again; the member's other partitions go on.
 *
 * @example
 * const listener = new Listener<Tables, string, IncidentChanged>(db, {
 *   topic: incidents,
 *   group: 'board',
 *   handler: async (change, record) => {
 *     await record.tx.updateTable('board').set({ status: change.status }).where('id', '=', record.key).execute();
 *   },
 * });
 * await listener.start();
 * …
 * await listener.stop();
 */
export class Listener<DB = unknown, Key = unknown, Value = unknown> {
  readonly #db: Database;
  readonly #settings: ListenerSettings<DB, Key, Value>;
  #starting: Promise<ListenerRun<DB, Key, Value>> | undefined;
  #run: ListenerRun<DB, Key, Value> | undefined;
  #stopped = false;

  /** @throws PostamtError INVALID_CONFIG naming the option; NOT_SUPPORTED where options do not go together */
  constructor(
    db: Database,
    options:
      ListenerOptions<DB, Key, Value> | BatchListenerOptions<DB, Key, Value>,
  ) {
    this.#db = db;
    this.#settings = listenerSettings(options);
  }

  /**
   * Joins the group, finds where the group has stopped in the partitions that it is given at once, and begins to read.
   * Idempotent.
   *
   * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION, INVALID_GROUP_ID, INVALID_CONFIG, POSTGRES_UNAVAILABLE
   */
  async start(): Promise<void> {
    if (this.#stopped) return;
    const starting = (this.#starting ??= this.#join());
    try {
      const run = await starting;
      await run.begun();
    } catch (error) {
      // Unless somebody has tried again already.
      if (this.#starting === starting) this.#starting = undefined;
      throw error;
    }
  }

  /**
   * Takes no more records, lets what is under way finish and its offsets commit, and leaves the group: its partitions go
   * to others at once, a static member's once its session has timed out. After `deadlineMs` (30,000 by default) what is
   * under way is given up and rolled back, even when a handler hangs: nothing is lost, its records are handled again.
   */
  async stop(deadlineMs = 30_000): Promise<void> {
    this.#stopped = true;
    const run = await this.#starting?.catch(() => undefined);
    await run?.stop(deadlineMs);
  }

  get status(): ListenerStatus {
    const { handled = 0, error: lastError } = this.#run ?? {};
    const isStopped = !this.#run || this.#stopped;
    const isFailing = lastError !== undefined;
    const state = isStopped ? 'stopped' : isFailing ? 'failing' : 'running';
    return { state, handled, lastError };
  }

  /** The indexes of the partitions that it has now, ascending. */
  get partitions(): readonly number[] {
    return this.#run?.partitions ?? [];
  }

  async #join(): Promise<ListenerRun<DB, Key, Value>> {
    const { topic, group, ...settings } = this.#settings;
    const catalogue = new Catalogue(this.#db);
    await catalogue.reload(topic.name);
    const { groupInstanceId, clientId, assignor } = settings;
    const { sessionTimeoutMs, heartbeatIntervalMs, maxPollIntervalMs } =
      settings;
    const membership = await Membership.join(this.#db, {
      group,
      topics: [topic.name],
      maxPollIntervalMs,
      ...(groupInstanceId !== undefined && { groupInstanceId }),
      ...(clientId !== undefined && { clientId }),
      ...(assignor !== undefined && { assignor }),
      ...(sessionTimeoutMs !== undefined && { sessionTimeoutMs }),
      ...(heartbeatIntervalMs !== undefined && { heartbeatIntervalMs }),
    });
    this.#run = new ListenerRun({
      db: this.#db,
      catalogue,
      settings: this.#settings,
      membership,
    });
    return this.#run;
  }
}
