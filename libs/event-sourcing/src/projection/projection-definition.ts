import type { Transaction } from 'kysely';
import { PostamtError } from '#kernel';
import type { RecordContext } from '#client';
import type { TopicDefinition } from '#schemas';

/** What a projection is made of. */
export interface ProjectionOptions<DB, Name extends string, Key, Value> {
  /** The name that readers use: a view over the table of the active version. */
  readonly name: Name;
  readonly topic: TopicDefinition<Key, Value>;
  /** Makes the table of one version; its name is `table`, and names of indexes are to be built on it. */
  readonly create: (tx: Transaction<DB>, table: Name) => Promise<unknown>;
  /**
   * Brings one record into the table of one version, through `record.tx`: it is committed together with the group's
   * offset. Null = a tombstone. It must write nothing but that table: a rebuild calls it for every record again.
   */
  readonly apply: (
    value: Value | null,
    record: RecordContext<DB, Key>,
    table: Name,
  ) => Promise<unknown>;
}

/** The table of a version; what the type says is the view's name, so that Kysely knows the columns. */
export function versionTable<Name extends string>(
  name: Name,
  version: number,
): Name {
  return `${name}_v${version}` as Name;
}

/** The consumer group that fills a version. */
export function versionGroup(name: string, version: number): string {
  return `${name}_v${version}`;
}

/** The key under which runners hear that another version is active. */
export function projectionWakeUp(name: string): string {
  return `v:${name}`;
}

/**
 * Checks a projection's name: it becomes the name of a view, and of tables with the version behind it.
 *
 * @throws PostamtError INVALID_CONFIG
 */
export function checkProjectionName(name: string): void {
  if (/^[a-z_][a-z0-9_]{0,49}$/.test(name)) return;
  throw new PostamtError(
    'INVALID_CONFIG',
    `${JSON.stringify(name)} is no name for a projection: give 1 to 50 of a-z, 0-9 and _, not beginning with a digit`,
  );
}
