import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '#postgres';
import { followSettings, makeSlot } from './follow-settings.js';
import { KeptFolder } from './kept-folder.js';
import { onServer } from './on-server.js';
import { Standby } from './standby.js';
import { takeBackup } from './take-backup.js';

/** How a standby is started. */
export interface StandbyOptions {
  /** Its `application_name` and slot: lower case letters, digits and `_`. One for each standby of a primary. */
  readonly name: string;
  /** Settings beside those that have to be the primary's. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A standby refuses to start where one of these is less than the primary's. */
const AS_GREAT_AS_THE_PRIMARYS = [
  'max_connections',
  'max_locks_per_transaction',
  'max_prepared_transactions',
  'max_wal_senders',
  'max_worker_processes',
];
const NAME = /^[a-z0-9_]{1,63}$/;

/**
 * Starts a streaming standby of an embedded server from the same binaries (those that POSTAMT_TEST_BINARIES names, or
 * else the newest): a copy of its data directory under `pg_backup_start`, since the binaries bring no client programs. A
 * replication slot of its name lets it catch up however long it was away. It replicates asynchronously, and is there as
 * soon as it takes connections; `pg_stat_replication` of the primary shows it by its name.
 *
 * @throws PostamtError EMBEDDED_POSTGRES_FAILED
 *
 * @example
 * const standby = await startStandby(server, { name: 'a' });
 * await server.crash();
 * await standby.promote();
 * …
 * await standby.stop();
 */
export async function startStandby(
  primary: EmbeddedPostgres,
  options: StandbyOptions,
): Promise<Standby> {
  const { name } = options;
  if (!NAME.test(name))
    throw new RangeError(
      `a standby cannot be called ${JSON.stringify(name)}: use lower case letters, digits and _`,
    );
  const inherited = await prepare(primary.connectionString, name);
  const folder = await KeptFolder.make(`standby-${name}`);
  try {
    await takeBackup({
      connectionString: primary.connectionString,
      dataDirectory: primary.dataDirectory,
      target: folder.dataDirectory,
      label: name,
    });
    await writeFile(join(folder.dataDirectory, 'standby.signal'), '');
    // Not by command line, which nothing overrides: it follows another primary later.
    const followed = followSettings(primary.connectionString, name)
      .map(([key, value]) => `${key} = '${value.replaceAll("'", "''")}'\n`)
      .join('');
    const file = join(folder.dataDirectory, 'postgresql.auto.conf');
    await appendFile(file, followed);
    const settings = { ...inherited, ...options.settings };
    const server = await startOn(folder, primary, { settings });
    return new Standby({ name, primary, server, folder });
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** Makes the slot, and reads what the standby's settings have to be. */
async function prepare(
  connectionString: string,
  name: string,
): Promise<Record<string, string>> {
  return onServer(connectionString, async (db) => {
    const { rows } = await db.query(
      'select name, setting from pg_settings where name = any ($1)',
      [AS_GREAT_AS_THE_PRIMARYS],
    );
    await makeSlot(db, name);
    return Object.fromEntries(
      rows.map((row) => [row.name as string, row.setting as string]),
    );
  });
}

async function startOn(
  folder: KeptFolder,
  primary: EmbeddedPostgres,
  { settings = {} }: Omit<StandbyOptions, 'name'>,
): Promise<EmbeddedPostgres> {
  const url = new URL(primary.connectionString);
  const binaries = process.env.POSTAMT_TEST_BINARIES;
  return startEmbeddedPostgres({
    dataDirectory: folder.dataDirectory,
    database: decodeURIComponent(url.pathname.slice(1)),
    password: decodeURIComponent(url.password),
    settings: {
      hot_standby: 'on',
      // What a stopped primary leaves unanswered is noticed within seconds, and so is its return.
      wal_receiver_timeout: '5s',
      wal_retrieve_retry_interval: '100ms',
      ...settings,
    },
    ...(binaries && { binaries: { package: binaries } }),
  });
}
