import { readFile } from 'node:fs/promises';
import type { ClientBase } from 'pg';

/** Nanoseconds that a process of one thread has run, from Linux; undefined elsewhere, and once the process has ended. */
async function nanosecondsOf(pid: number): Promise<number | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/schedstat`, 'utf8');
    return Number(text.split(' ')[0]);
  } catch {
    return undefined;
  }
}

/** What the server's processes for one application use of processors while they are watched. */
export class BackendTime {
  readonly #client: ClientBase;
  readonly #application: string;
  /** By process: what it had used when it was first and when it was last looked at. */
  readonly #seen = new Map<number, { readonly first: number; last: number }>();
  #looked = false;

  constructor(client: ClientBase, application: string) {
    this.#client = client;
    this.#application = application;
  }

  /** Looks at them; to be called at the beginning, at the end, and often enough between that none comes and goes unseen. */
  async look(): Promise<void> {
    const { rows } = await this.#client.query<{ pid: number }>(
      'select pid from pg_stat_activity where application_name = $1',
      [this.#application],
    );
    for (const { pid } of rows) {
      const used = await nanosecondsOf(pid);
      if (used === undefined) continue;
      const seen = this.#seen.get(pid);
      if (seen) seen.last = used;
      // Who came after the first look counts from its birth.
      else this.#seen.set(pid, { first: this.#looked ? 0 : used, last: used });
    }
    this.#looked = true;
  }

  /** Whether the machine tells. */
  get isKnown(): boolean {
    return this.#seen.size > 0;
  }

  get seconds(): number {
    let sum = 0;
    for (const { first, last } of this.#seen.values()) sum += last - first;
    return sum / 1e9;
  }
}
