import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Written anew by every server that starts; Postgres' own base backup leaves out what is in them too. */
const EMPTIED = new Set([
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
  // What the backup needs of it is streamed: a replication slot keeps it.
  'pg_wal',
]);
const LEFT_OUT = new Set([
  'backup_label',
  'postmaster.opts',
  'postmaster.pid',
  'standby.signal',
  'tablespace_map',
]);

/**
 * Copies the files of a cluster that runs, between `pg_backup_start` and `pg_backup_stop`: a file may change or vanish
 * meanwhile, which replaying the log mends. Source: Postgres docs, Making a Base Backup Using the Low Level API.
 */
export async function copyDataDirectory(
  from: string,
  to: string,
): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const { name } = entry;
    if (LEFT_OUT.has(name)) continue;
    if (!entry.isDirectory())
      await copyPresent(join(from, name), join(to, name));
    else if (EMPTIED.has(name)) await mkdir(join(to, name), { mode: 0o700 });
    else await copyTree(join(from, name), join(to, name));
  }
}

async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  const entries = await readdir(from, { withFileTypes: true }).catch(whenGone);
  for (const entry of entries ?? []) {
    if (entry.name.startsWith('pgsql_tmp')) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    else await copyPresent(source, target);
  }
}

async function copyPresent(from: string, to: string): Promise<void> {
  await copyFile(from, to).catch(whenGone);
}

function whenGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
