import { readdir, readFile } from 'node:fs/promises';
import type { ClientBase } from 'pg';

/** What Linux counts the time of processes in that have ended. */
const TICKS_A_SECOND = 100;

/**
 * What all processes of a Postgres server use of processors, also of those that come and go meanwhile, without the one
 * that serves the observer. Linux only.
 */
export class ServerTime {
  readonly #postmaster: number;
  readonly #own: number;

  private constructor(postmaster: number, own: number) {
    this.#postmaster = postmaster;
    this.#own = own;
  }

  /** Undefined where the machine does not tell. */
  static async of(observer: ClientBase): Promise<ServerTime | undefined> {
    const { rows } = await observer.query<{ pid: number }>(
      'select pg_backend_pid() as pid',
    );
    const own = rows[0]?.pid ?? 0;
    const fields = await fieldsOf(own);
    return fields && new ServerTime(Number(fields[PARENT]), own);
  }

  /** Seconds that the server's processes have run until now. */
  async seconds(): Promise<number> {
    const postmaster = (await fieldsOf(this.#postmaster)) ?? [];
    const ended = postmaster
      .slice(USER_OF_ENDED, USER_OF_ENDED + 2)
      .reduce((sum, ticks) => sum + Number(ticks), 0);
    let sum = ended / TICKS_A_SECOND + (await runSeconds(this.#postmaster));
    for (const name of await readdir('/proc')) {
      const pid = Number(name);
      if (!(pid > 0) || pid === this.#own) continue;
      const fields = await fieldsOf(pid);
      if (Number(fields?.[PARENT]) === this.#postmaster)
        sum += await runSeconds(pid);
    }
    return sum;
  }
}

/** Places in /proc/<pid>/stat behind the name. */
const PARENT = 1;
const USER_OF_ENDED = 13;

async function fieldsOf(pid: number): Promise<string[] | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name stands in brackets, and may hold anything.
  const rest = text.slice(text.lastIndexOf(')') + 2);
  return text === '' ? undefined : rest.split(' ');
}

async function runSeconds(pid: number): Promise<number> {
  const path = `/proc/${pid}/schedstat`;
  const text = await readFile(path, 'utf8').catch(() => '0');
  return Number(text.split(' ')[0]) / 1e9;
}
