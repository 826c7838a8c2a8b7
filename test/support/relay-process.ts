import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Database } from '#postgres';
import { waitFor } from '#testing';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A relay of the product in a process of its own, run from source. */
export class RelayProcess {
  readonly id: string;
  readonly #child: ChildProcess;
  readonly #db: Database;
  #stderr = '';

  private constructor(db: Database, id: string, connectionString: string) {
    this.id = id;
    this.#db = db;
    const flags = [
      '--conditions=postamt-source',
      '--import',
      './scripts/typescript-hooks.mjs',
    ];
    this.#child = spawn(
      process.execPath,
      [...flags, 'apps/relay/src/main.ts'],
      {
        cwd: ROOT,
        env: {
          ...process.env,
          DATABASE_URL: connectionString,
          POSTAMT_RELAY_ID: id,
          PORT: '0',
        },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
  }

  /** Starts it and waits until it has moved something, or stands ready to. */
  static async start(
    db: Database,
    id: string,
    connectionString: string,
  ): Promise<RelayProcess> {
    const relay = new RelayProcess(db, id, connectionString);
    await waitFor(`relay ${id} to connect`, () => relay.#isConnected());
    return relay;
  }

  /** How many events it moved, by what stands beside the batches. */
  async moved(): Promise<number> {
    const { rows } = await this.#db.query(
      `select coalesce(sum(cardinality(ids)), 0)::int as moved from ${this.#db.schema}.outbox_batches where relay = $1`,
      [this.id],
    );
    return rows[0]?.moved as number;
  }

  /**
   * Kills it with SIGKILL while a move of its own is open: it is stopped first, so that the move that is seen open can
   * come to no end before the kill. Resolves to the number of events that were pending then.
   */
  async killInsideMove(): Promise<number> {
    for (;;) {
      this.#child.kill('SIGSTOP');
      if (await this.#standsInsideMove()) break;
      this.#child.kill('SIGCONT');
    }
    const pending = await this.#pending();
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
    return pending;
  }

  /** Stops it as an orchestrator does, and returns its exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null)
      return this.#child.exitCode;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
    return this.#child.exitCode;
  }

  async #isConnected(): Promise<boolean> {
    if (this.#child.exitCode !== null)
      throw new Error(`the relay ended: ${this.#stderr}`);
    return (await this.#sessions('true')) > 0;
  }

  /** A session of it that stays in its transaction, waiting for the stopped process. */
  async #standsInsideMove(): Promise<boolean> {
    return (await this.#sessions("state = 'idle in transaction'")) > 0;
  }

  async #sessions(condition: string): Promise<number> {
    const { rows } = await this.#db.query(
      `select count(*)::int as sessions from pg_stat_activity where application_name = $1 and ${condition}`,
      [`postamt-relay:${this.id}`],
    );
    return rows[0]?.sessions as number;
  }

  async #pending(): Promise<number> {
    const { rows } = await this.#db.query(
      `select count(*)::int as pending from ${this.#db.schema}.outbox where status = 'PENDING'`,
    );
    return rows[0]?.pending as number;
  }
}
