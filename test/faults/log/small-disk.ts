import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system in memory of a size of its own. Root may mount one; it goes with this process. */
export class SmallDisk {
  readonly path: string;
  readonly #unmountAtExit = () => this.unmount();

  constructor(megabytes: number) {
    this.path = mkdtempSync(join(tmpdir(), 'postamt-disk-'));
    const options = `size=${megabytes}m,mode=0755`;
    try {
      mount('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', this.path);
    } catch (error) {
      rmdirSync(this.path);
      throw error;
    }
    chmodSync(this.path, 0o755);
    process.once('exit', this.#unmountAtExit);
  }

  /** Why none can be mounted here; undefined when one can. */
  static obstacle(): string | undefined {
    try {
      new SmallDisk(1).unmount();
      return undefined;
    } catch (error) {
      const { stderr, message } = error as Error & { stderr?: Buffer };
      return `a tmpfs cannot be mounted (${String(stderr ?? message).trim()})`;
    }
  }

  unmount(): void {
    process.off('exit', this.#unmountAtExit);
    // Lazily: a server that has just ended may still be on its way out.
    mount('umount', '-l', this.path);
    rmdirSync(this.path);
  }
}

function mount(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
