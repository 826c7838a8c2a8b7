import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '#postgres';
import { waitFor } from '#testing';

/** How a PgBouncer is set. */
export interface PgBouncerOptions {
  /** A connection string of the server behind it. */
  readonly server: string;
  /** Its `max_prepared_statements`; undefined for a version that has no such setting. */
  readonly maxPreparedStatements: number | undefined;
  /** Its `default_pool_size`: so many sessions of the server for all connections to a database. */
  readonly poolSize: number;
}

/** PgBouncer does not run as root. */
const ACCOUNT = 'nobody';
/** The first version that keeps prepared statements in transaction mode. */
const FIRST_THAT_PREPARES = [1, 21] as const;

/** A PgBouncer in transaction mode, in front of a server. */
export class PgBouncer {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #port: number;
  #printed = '';

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.#child = child;
    this.#folder = folder;
    this.#port = port;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#printed += String(chunk)));
  }

  /** The version of the one on PATH, or undefined where there is none. */
  static version(): readonly [major: number, minor: number] | undefined {
    try {
      const printed = execFileSync('pgbouncer', ['--version'], {
        encoding: 'utf8',
      });
      const [, major, minor] = /(\d+)\.(\d+)/.exec(printed) ?? [];
      return [Number(major), Number(minor)];
    } catch {
      return undefined;
    }
  }

  /** Whether a version keeps prepared statements in transaction mode. */
  static prepares([major, minor]: readonly [number, number]): boolean {
    const [firstMajor, firstMinor] = FIRST_THAT_PREPARES;
    return major > firstMajor || (major === firstMajor && minor >= firstMinor);
  }

  static async start(options: PgBouncerOptions): Promise<PgBouncer> {
    const port = await freePort();
    const folder = await mkdtemp(join(tmpdir(), 'postamt-pooler-'));
    await chmod(folder, 0o755);
    const file = join(folder, 'pgbouncer.ini');
    await writeFile(file, settings(options, port));
    const asRoot = process.getuid?.() === 0;
    const child = spawn(
      'pgbouncer',
      [...(asRoot ? ['-u', ACCOUNT] : []), file],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const bouncer = new PgBouncer(child, folder, port);
    await bouncer.#answers(options.server);
    return bouncer;
  }

  /** The connection string for the same database by way of this. */
  address(connectionString: string): string {
    const url = new URL(connectionString);
    url.hostname = '127.0.0.1';
    url.port = String(this.#port);
    return url.toString();
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await exited;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #answers(server: string): Promise<void> {
    await waitFor('pgbouncer to answer', async () => {
      if (this.#child.exitCode !== null)
        throw new Error(`pgbouncer ended: ${this.#printed}`);
      const db = new Database({ connection: this.address(server) });
      try {
        return (await db.query('select 1')).rows.length === 1;
      } finally {
        await db.close();
      }
    });
  }
}

function settings(options: PgBouncerOptions, port: number): string {
  const {
    hostname,
    port: serverPort,
    username,
    password,
  } = new URL(options.server);
  const { maxPreparedStatements } = options;
  const server = `host=${hostname} port=${serverPort} user=${username} password=${decodeURIComponent(password)}`;
  return [
    '[databases]',
    `* = ${server}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    // Whoever comes: the server is on this machine, and gone in a minute.
    'auth_type = any',
    'pool_mode = transaction',
    `default_pool_size = ${options.poolSize}`,
    'max_client_conn = 500',
    'server_login_retry = 1',
    ...(maxPreparedStatements === undefined
      ? []
      : [`max_prepared_statements = ${maxPreparedStatements}`]),
    '',
  ].join('\n');
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
