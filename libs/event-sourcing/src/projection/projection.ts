import { Listener } from '#client';
import type { Database } from '#postgres';
import {
  checkProjectionName,
  versionGroup,
  versionTable,
  type ProjectionOptions,
} from './projection-definition.js';
import { RunningProjection } from './running-projection.js';
import {
  activeVersion,
  insertVersion,
  lockProjection,
  pointView,
  readVersions,
} from './versions.js';

export interface ProjectionStartOptions {
  /** How many partitions are worked on at once in this process; 1 by default. Processes share the partitions. */
  readonly concurrency?: number;
}

/** A table that follows a topic: what `projection` gives. */
export class Projection<
  DB = never,
  Name extends string = string,
  Key = never,
  Value = never,
> {
  readonly name: Name;
  readonly options: ProjectionOptions<DB, Name, Key, Value>;

  constructor(options: ProjectionOptions<DB, Name, Key, Value>) {
    checkProjectionName(options.name);
    this.name = options.name;
    this.options = options;
  }

  /**
   * Makes the table and its view where they do not exist, and fills it by a group that each process joins; readers see it under
   * the projection's name. When a rebuild switches to another version, the listeners follow.
   *
   * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION, POSTGRES_UNAVAILABLE, and what `create` throws
   */
  async start(
    db: Database,
    options: ProjectionStartOptions = {},
  ): Promise<RunningProjection> {
    await this.install(db);
    return RunningProjection.start(db, {
      name: this.name,
      listener: (version) => this.listener(db, version, options),
    });
  }

  /** Makes the first version where there is none, and returns the active one. */
  async install(db: Database): Promise<number> {
    const active = activeVersion(await readVersions(db, this.name));
    if (active !== undefined) return active;
    this.#warnOfRetention(db);
    return db.transaction<number, DB>(async (tx) => {
      await lockProjection(tx, this.name);
      const versions = await readVersions(tx, this.name);
      const known = activeVersion(versions);
      if (known !== undefined) return known;
      const version = (versions[0]?.version ?? 0) + 1;
      await this.options.create(tx.db, versionTable(this.name, version));
      await insertVersion(tx, this.name, { version, state: 'active' });
      await pointView(tx, this.name, version);
      return version;
    });
  }

  /** A rebuild needs the whole log: it is too late to hear of that when a part of it is gone. */
  #warnOfRetention(db: Database): void {
    const { name: topic, config } = this.options.topic;
    if (Number(config['retention.ms']) === -1) return;
    db.logger.warn(
      { topic, projection: this.name },
      'this topic does not say retention.ms -1: once old events are gone its projections cannot be rebuilt',
    );
  }

  /** A listener that fills one version; not started. */
  listener(
    db: Database,
    version: number,
    { concurrency = 1 }: ProjectionStartOptions,
  ): Listener<DB, Key, Value> {
    const { topic, apply } = this.options;
    const table = versionTable(this.name, version);
    return new Listener<DB, Key, Value>(db, {
      topic,
      group: versionGroup(this.name, version),
      concurrency,
      handler: async (value, record) => {
        await apply(value, record, table);
      },
    });
  }
}

/**
 * Declares a projection: a table, in versions, that a consumer group fills from a topic. Offset and effects of each
 * record are committed together, so that each record counts exactly once. A rebuild fills a new version beside the old
 * one; see `rebuild`.
 *
 * @example
 * export const board = projection({
 *   name: 'board',
 *   topic: incidents,
 *   create: (tx: Transaction<Tables>, table) =>
 *     tx.schema.createTable(table).addColumn('id', 'text', (c) => c.primaryKey()).addColumn('status', 'text').execute(),
 *   apply: (change, record: RecordContext<Tables, string>, table) =>
 *     record.tx.insertInto(table).values({ id: record.key, status: change.status })
 *       .onConflict((conflict) => conflict.column('id').doUpdateSet({ status: change.status })).execute(),
 * });
 * const running = await board.start(db, { concurrency: 3 });
 */
export function projection<DB, Name extends string, Key, Value>(
  options: ProjectionOptions<DB, Name, Key, Value>,
): Projection<DB, Name, Key, Value> {
  return new Projection(options);
}
