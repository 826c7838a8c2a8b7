import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';

/** Beside this file, with its ending: `.ts` from source, `.js` from dist. */
const JANITOR = join(
  import.meta.dirname,
  `janitor${extname(import.meta.filename)}`,
);

/** A folder for a server's data that is removed on every way out of this process, once no server runs on it. */
export class KeptFolder {
  /** Absolute; an empty folder at first. */
  readonly dataDirectory: string;
  readonly #janitor: ChildProcess;

  private constructor(directory: string, dataDirectory: string) {
    this.dataDirectory = dataDirectory;
    const postmasterFile = join(dataDirectory, 'postmaster.pid');
    this.#janitor = fork(JANITOR, [directory, postmasterFile], {
      cwd: '/',
      detached: true,
      execArgv: [],
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#janitor.unref();
    this.#janitor.channel?.unref();
  }

  static async make(name: string): Promise<KeptFolder> {
    const prefix = join(await realpath(tmpdir()), `postamt-${name}-`);
    const directory = await mkdtemp(prefix);
    // As root, the server runs as another user, who has to pass through.
    await chmod(directory, 0o711);
    const dataDirectory = join(directory, 'data');
    const folder = new KeptFolder(directory, dataDirectory);
    await mkdir(dataDirectory, { mode: 0o700 });
    return folder;
  }

  /** Removes it now; the server on it has been stopped. */
  async remove(): Promise<void> {
    if (!this.#janitor.connected) return;
    const gone = once(this.#janitor, 'exit');
    this.#janitor.ref();
    this.#janitor.disconnect();
    await gone;
  }
}
