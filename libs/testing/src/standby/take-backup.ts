import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyDataDirectory } from './copy-data-directory.js';
import { onServer } from './on-server.js';

/** A base backup to be taken. */
export interface Backup {
  /** The primary's connection string. */
  readonly connectionString: string;
  readonly dataDirectory: string;
  /** An empty folder. */
  readonly target: string;
  readonly label: string;
}

/** Copies a running cluster into `target`, so that a server started on it with `standby.signal` becomes its standby. */
export async function takeBackup(backup: Backup): Promise<void> {
  const { connectionString, dataDirectory, target, label } = backup;
  // In one session from start to stop, since the backup ends with it: in a transaction, however long the copy takes.
  await onServer(connectionString, (db) =>
    db.transaction(
      async (tx) => {
        await tx.query('select pg_backup_start($1, fast => true)', [label]);
        await copyDataDirectory(dataDirectory, target);
        const { rows } = await tx.query(
          'select labelfile from pg_backup_stop(wait_for_archive => false)',
        );
        const file = join(target, 'backup_label');
        await writeFile(file, String(rows[0]?.labelfile), { mode: 0o600 });
      },
      { idleTimeoutMs: 0 },
    ),
  );
}
