import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isProcessAlive } from './process-alive.js';

/** What a postmaster writes into `postmaster.pid` of its data directory (miscadmin.h, LOCK_FILE_LINE_*). */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number | undefined;
  /** `starting`, `ready`, `standby` (up, but takes no connections) or `stopping`; undefined until it is written. */
  readonly status: string | undefined;
}

/** The content of a `postmaster.pid`; undefined when not even its first line is there yet. */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split('\n');
  const pid = Number.parseInt(lines[0] ?? '', 10);
  if (!Number.isInteger(pid)) return undefined;
  const port = Number.parseInt(lines[3] ?? '', 10);
  return {
    pid,
    port: Number.isInteger(port) ? port : undefined,
    status: lines[7]?.trim() || undefined,
  };
}

/** Reads a data directory's `postmaster.pid`; undefined when there is none. */
export async function readPostmasterFile(
  dataDirectory: string,
): Promise<PostmasterFile | undefined> {
  const file = postmasterFilePath(dataDirectory);
  const text = await readFile(file, 'utf8').catch(() => '');
  return parsePostmasterFile(text);
}

/** Where a data directory's `postmaster.pid` lies. */
export function postmasterFilePath(dataDirectory: string): string {
  return join(dataDirectory, 'postmaster.pid');
}

/**
 * Whether the postmaster that wrote the file runs. Its process id may have been given to somebody else since, which is
 * the rule after a container was restarted: where the machine tells, a postmaster is known by its working directory.
 */
export async function isPostmasterAlive(
  dataDirectory: string,
  { pid }: PostmasterFile,
): Promise<boolean> {
  if (!(await isProcessAlive(pid))) return false;
  if (process.platform !== 'linux') return true;
  const directory = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return directory === undefined || directory === dataDirectory;
}
